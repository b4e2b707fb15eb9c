import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseCloudConfig } from '../cloud-config.ts';
import { CommandFailure } from '../command-failure.ts';
import { pause, visibleInstances, type Context } from '../context.ts';
import { launchFaults, nextFault, type FaultKind } from '../faults.ts';
import { LaunchFile } from '../launch-progress.ts';
import { parseSize } from '../sizes.ts';
import { SpinnerWriter } from '../spinner-writer.ts';

const NAME = /^[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?$/;
const LOOK_AGAIN_MS = 10;

export async function launch(context: Context, args: readonly string[]): Promise<void> {
  const { directory, settings, instances } = context;
  const options = readOptions(args);
  const { name } = options;
  const fault = await nextFault(directory, settings, 'launch', name);
  const launchFault = fault && launchFaults[fault];
  const idle = !(await visibleInstances(context)).some(({ state }) => state === 'Running');
  if (launchFault && (launchFault.phase === 'arguments' || (launchFault.phase === 'hypervisor' && idle))) {
    throw new CommandFailure(2, launchFault.text);
  }
  checkArguments(context, options);
  const cloudConfig = parseCloudConfig(await readCloudInit(options.cloudInit));
  const { image, cpus, memoryBytes, diskBytes } = options;
  const instance = { name, image, cpus, memoryBytes, diskBytes, cloudConfig, driver: settings.driver };
  if (!(await instances.reserve({ ...instance, state: 'Preparing', starts: 0, isDeaf: false }))) {
    const isPreparing = (await instances.get(name))?.state === 'Preparing';
    throw new CommandFailure(2, `instance "${name}" ${isPreparing ? 'is being prepared' : 'already exists'}`);
  }
  const progress = await LaunchFile.create(directory);
  await startDaemon(directory, name, progress.file, fault);
  await follow(progress, fault, options.timeoutS);
  const zone = settings.version === '1.17' ? ' in zone1' : '';
  process.stdout.write(`Launched: ${name}${zone}\n`);
}

interface LaunchArguments {
  readonly image: string;
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly cloudInit: string | undefined;
  readonly timeoutS: number | undefined;
}

function readOptions(args: readonly string[]): LaunchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', short: 'n', default: 'adjective-animal' },
      cpus: { type: 'string', short: 'c', default: '1' },
      memory: { type: 'string', short: 'm', default: '1G' },
      disk: { type: 'string', short: 'd', default: '5G' },
      'cloud-init': { type: 'string' },
      timeout: { type: 'string' },
    },
  });
  if (positionals.length > 1) throw new CommandFailure(1, 'Too many arguments supplied', 'plain');
  if (!/^[1-9]\d*$/.test(values.cpus)) {
    throw new CommandFailure(1, `Error: invalid CPU count '${values.cpus}', need a positive integer value.`, 'plain');
  }
  if (values.timeout !== undefined && !/^[1-9]\d*$/.test(values.timeout)) {
    throw new CommandFailure(1, 'error: --timeout value has to be a positive integer', 'plain');
  }
  return {
    image: positionals[0] ?? 'default',
    name: values.name,
    cpus: Number(values.cpus),
    memoryBytes: parseSize(values.memory),
    diskBytes: parseSize(values.disk),
    cloudInit: values['cloud-init'],
    timeoutS: values.timeout === undefined ? undefined : Number(values.timeout),
  };
}

const MIB = 2 ** 20;

/** What the daemon refuses; of several reasons it tells the last. */
function checkArguments({ settings }: Context, { name, memoryBytes, diskBytes }: LaunchArguments): void {
  const least = settings.version === '1.17' ? { memory: 512, disk: 1024 } : { memory: 128, disk: 512 };
  const wrong = [
    ...(NAME.test(name) ? [] : [`Invalid instance name supplied: ${name}`]),
    ...(memoryBytes >= least.memory * MIB ? [] : [`Invalid memory size value supplied: ${memoryBytes / MIB}M.`]),
    ...(diskBytes >= least.disk * MIB ? [] : [`Invalid disk size value supplied: ${diskBytes / MIB}M.`]),
  ].at(-1);
  if (wrong !== undefined) throw new CommandFailure(2, `Invalid arguments supplied\n${wrong}`);
}

async function readCloudInit(source: string | undefined): Promise<string> {
  if (source === undefined) return '';
  if (source === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
  return readFile(source, 'utf8').catch(() => {
    const text = `Could not load cloud-init configuration: bad file: ${source}`;
    throw new CommandFailure(1, `${text}\nPlease ensure that Multipass can read it.`, 'plain');
  });
}

async function startDaemon(directory: string, name: string, file: string, fault: FaultKind | undefined) {
  const daemon = fileURLToPath(new URL('../daemon.ts', import.meta.url));
  const args = [daemon, directory, name, file, `${process.pid}`, fault ?? ''];
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  child.unref();
}

/** Paints the daemon's messages until it has an outcome; its own time-out, and a fault, end it before. */
async function follow(progress: LaunchFile, fault: FaultKind | undefined, timeoutS: number | undefined): Promise<void> {
  const spinner = new SpinnerWriter();
  const deadline = timeoutS === undefined ? Infinity : performance.now() + timeoutS * 1_000;
  for (;;) {
    const { message, failure } = await progress.read();
    const isBooting = /^(Starting|Waiting)/.test(message) || failure !== undefined;
    if (performance.now() > deadline || (fault === 'client-timeout' && isBooting)) {
      spinner.stop();
      throw new CommandFailure(5, 'Timed out waiting for instance launch.', 'plain');
    }
    if (failure !== undefined && fault !== 'hangs') {
      spinner.stop();
      if (failure !== '') throw new CommandFailure(2, failure);
      return;
    }
    if (message !== '') spinner.show(message);
    await pause(LOOK_AGAIN_MS);
  }
}
