import './no-generated-code.ts';
import './theme/theme.css';
import { mount } from 'svelte';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import type { Transport } from '#common/contract/frames.ts';
import App from './App.svelte';
import { AppState } from './lib/state/app.svelte.ts';
import { ContractClient } from '#common/contract/client.ts';
import { ElectronTransport } from './lib/transport/electron.ts';
import { WebSocketTransport } from './lib/transport/websocket.ts';

const app = new AppState(new ContractClient(transport(), realClock, secureRandom));
app.start();
mount(App, { target: document.getElementById('window')!, props: { app } });

function transport(): Transport {
  if (window.pilothouse) return new ElectronTransport(window.pilothouse);
  return new WebSocketTransport({
    url: new URL('/contract', location.href.replace(/^http/, 'ws')).href,
    clock: realClock,
    random: secureRandom,
    refused: () => void leaveWithoutSession(),
  });
}

/** Loads the page anew when its session is gone: the server then says how to get another. */
async function leaveWithoutSession(): Promise<void> {
  const answer = await fetch('/session').catch(() => undefined);
  if (answer?.status === 401) location.reload();
}
