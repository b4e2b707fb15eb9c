// The daemon's part of one launch, which goes on whatever becomes of the client:
// `daemon.ts <directory> <instance> <launch file> <client's pid> [fault]`.
import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openContext, pause } from './context.ts';
import { faultKinds, launchFaults, type LaunchFault } from './faults.ts';
import { readSettings } from './settings.ts';
import { LaunchFile } from './launch-progress.ts';

const [directory = '', name = '', file = '', client = '', kind = ''] = process.argv.slice(2);
const fault: LaunchFault | undefined = launchFaults[faultKinds.find((candidate) => candidate === kind) ?? 'hangs'];
const context = await openContext(directory);
const { settings, instances, backend } = context;
const launch = new LaunchFile(file);
const tell = async (message: string): Promise<void> => {
  await launch.write({ message });
  do await pause(settings.phaseMs);
  while (message.startsWith((await readSettings(directory)).holdAt ?? '\n'));
};

try {
  await run();
} catch (error) {
  await instances.remove(name);
  await launch.write({ message: '', failure: String(error) });
}

async function run(): Promise<void> {
  await tell(`Creating ${name}`);
  if (!(await retrieveImage())) {
    await instances.remove(name);
    return;
  }
  for (const word of ['Verifying', 'Extracting']) await tell(`${word} image: `);
  if (fault?.phase === 'image') {
    await rollBack(fault);
    return;
  }
  await tell(`Preparing image for ${name}`);
  await tell(`Configuring ${name}`);
  const prepared = await instances.get(name);
  if (!prepared) return;
  await backend.create(prepared);
  await instances.change(name, { state: 'Starting' });
  await tell(`Starting ${name}`);
  const address = await backend.start(prepared);
  await tell('Waiting for initialization to complete');
  if (fault?.remains !== undefined) {
    const isDeaf = fault.comesUp !== true;
    await instances.change(name, { state: fault.remains, address, starts: 1, isDeaf });
    await launch.write({ message: '', failure: textOf(fault) });
    return;
  }
  await instances.change(name, { state: 'Running', address, starts: 1 });
  await launch.write({ message: '', failure: '' });
}

/** The first time it is downloaded, which ends together with the client; from then on it is there. */
async function retrieveImage(): Promise<boolean> {
  const image = path.join(directory, 'image');
  const isThere = await access(image).then(
    () => true,
    () => false,
  );
  if (isThere) return true;
  for (const percent of [0, 37, 74, 100]) {
    await tell(`Retrieving image: ${percent}%`);
    if (!isAlive(Number(client))) return false;
  }
  await writeFile(image, '');
  return true;
}

async function rollBack(struck: LaunchFault): Promise<void> {
  await instances.remove(name);
  await launch.write({ message: '', failure: textOf(struck) });
}

function textOf({ text }: LaunchFault): string {
  return text.replaceAll('NAME', name);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
