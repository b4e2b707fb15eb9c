import path from 'node:path';
import { z } from 'zod';
import { realClock } from '#common/base/clock.ts';
import { describeError, lineLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { writeAtomically } from '../clusters/files.ts';
import { asMasterError } from '../clusters/master-errors.ts';
import { returnMemoryWhenQuiet } from '../clusters/memory-return.ts';
import { openMaster } from '../clusters/open-master.ts';
import { findLayout } from '../layout.ts';
import type { KeyAndCertificate } from '../pki/authority.ts';
import { kubeconfig } from '../pki/kubeconfig.ts';
import { advertisedAddress } from './advertised-address.ts';
import { parseOptions } from './bad-use.ts';
import { untilToldToStop } from './until-told-to-stop.ts';

const optionsSchema = z.object({
  data: z.string().min(1),
  listen: z.string().regex(/^\d+\.\d+\.\d+\.\d+:\d{1,5}$/, 'give an IPv4 address and a port, such as 127.0.0.1:6443'),
  store: z.enum(['sqlite', 'memory'], {
    error: ({ input }) =>
      String(input).startsWith('etcd://')
        ? 'etcd is not supported yet: give sqlite or memory'
        : 'give sqlite or memory',
  }),
});

/** `pilothouse master`: a master alone, for clients that come from elsewhere. */
export async function runMaster(given: unknown): Promise<void> {
  const options = parseOptions(optionsSchema, given);
  const [host, port] = options.listen.split(':') as [string, string];
  const layout = findLayout();
  const log = lineLog((line) => void process.stderr.write(`${line}\n`));
  const refused = (error: unknown): never => {
    throw asMasterError(error, options.data, Number(port));
  };
  const opened = await openMaster(
    {
      directory: options.data,
      serviceRange: '10.96.0.0/16',
      podRange: '10.244.0.0/16',
      store: options.store,
      addresses: [host],
      assets: layout,
    },
    { clock: realClock, random: secureRandom, log },
  ).catch(refused);
  const address = await opened.master.listen(host, Number(port)).catch(async (error: unknown) => {
    await opened[Symbol.asyncDispose]();
    return refused(error);
  });
  opened.master.advertise({ address: await advertisedAddress(host), port: address.port });
  const server = `https://${host}:${address.port}`;
  const writeKubeconfig = async (admin: KeyAndCertificate): Promise<void> => {
    const config = kubeconfig('pilothouse', server, opened.certificateAuthority, 'kubernetes-admin', admin);
    await writeAtomically(path.join(options.data, 'admin.kubeconfig'), config);
  };
  await writeKubeconfig(opened.admin.current);
  opened.admin.onRenewed((admin) => {
    writeKubeconfig(admin).catch((error: unknown) => {
      log.error('the kubeconfig could not be renewed', { error: describeError(error) });
    });
  });
  using _memory = returnMemoryWhenQuiet(realClock);
  process.stdout.write(`ready ${server}\n`);
  await untilToldToStop();
  await opened[Symbol.asyncDispose]();
}
