import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runAllTasks } from './build/tasks.ts';
import { BUILD, ROOT } from './build/task.ts';

/**
 * `npm run smoke [-- --provider multipass]`: the whole way on this computer as a user goes it, for what cannot be
 * tested elsewhere. It uses a home of its own, and leaves nothing behind.
 */
const { values } = parseArgs({
  options: { provider: { type: 'string', default: 'multipass' }, nodes: { type: 'string', default: '2' } },
});
const NAME = 'smoke';
const POD = `
apiVersion: v1
kind: ReplicationController
metadata: { name: web }
spec:
  replicas: 2
  selector: { app: web }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'pilothouse.local/web:1' }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] }
`;

await runAllTasks();
const home = await mkdtemp(path.join(tmpdir(), 'pilothouse-smoke-'));
const environment = { PILOTHOUSE_HOME: home, KUBECONFIG: path.join(home, 'kubeconfig') };

async function run(program: string, args: readonly string[]): Promise<string> {
  console.log(`\n$ ${path.basename(program)} ${args.join(' ')}`);
  const { stdout } = await execa(program, args, {
    env: environment,
    stdin: 'ignore',
    stdout: ['pipe', 'inherit'],
    stderr: 'inherit',
    cwd: ROOT,
  });
  return stdout;
}
const pilothouse = (...args: readonly string[]): Promise<string> =>
  run(process.execPath, [path.join(BUILD, 'main/cli.js'), ...args]);
const kubectl = (...args: readonly string[]): Promise<string> => run('kubectl', args);

/** The page of the sample app, through the node's own port. */
async function answers(): Promise<void> {
  const address = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[0].address}');
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`http://${address}:30080/`).catch(() => undefined);
    if (answer?.ok) break;
    if (attempt === 60) throw new Error(`http://${address}:30080/ does not answer`);
    await pause(1_000);
  }
  console.log(`http://${address}:30080/ answers`);
}

try {
  await pilothouse('doctor');
  await pilothouse('cluster', 'create', NAME, '--provider', values.provider, '--nodes', values.nodes, '--wait');
  await pilothouse('kubeconfig', NAME, '--merge');
  await kubectl('get', 'nodes', '-o', 'wide');
  await writeFile(path.join(home, 'web.yaml'), POD);
  await kubectl('apply', '-f', path.join(home, 'web.yaml'));
  await answers();
  await pilothouse('node', 'add', NAME);
  await pilothouse('node', 'stop', NAME, `${NAME}-1`);
  await pilothouse('node', 'start', NAME, `${NAME}-1`);
  await pilothouse('cluster', 'stop', NAME);
  await pilothouse('quit');
  await pilothouse('cluster', 'start', NAME);
  await answers();
  await pilothouse('node', 'remove', NAME, `${NAME}-1`);
  console.log('\nEverything worked.');
} finally {
  await pilothouse('cluster', 'delete', NAME).catch(() => undefined);
  await pilothouse('quit').catch(() => undefined);
  await rm(home, { recursive: true, force: true });
}
