import { createContext } from 'svelte';
import type { ContractClient } from '#common/contract/client.ts';

/** The contract's client, for every component below the root. */
export const [useClient, provideClient] = createContext<ContractClient>();
