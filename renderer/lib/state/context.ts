import { createContext } from 'svelte';
import type { Client } from '../transport/client.ts';

/** The contract's client, for every component below the root. */
export const [useClient, provideClient] = createContext<Client>();
