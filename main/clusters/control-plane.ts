import path from 'node:path';
import type { AppError } from '#common/base/app-error.ts';
import { describeError } from '#common/base/log.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import { kubeconfig } from '../pki/kubeconfig.ts';
import type { ClusterContext } from './context.ts';
import { writeAtomically } from './files.ts';
import { MasterHost } from './master-host.ts';
import type { ClusterRecord } from './record.ts';

/** A cluster's master while it runs, and the app's own way into its API. */
export interface ControlPlane extends AsyncDisposable {
  readonly host: MasterHost;
  readonly client: HttpsClient;
  /** As clients on this computer use it. */
  readonly server: string;
  /** YAML of an administrator's kubeconfig; also lies in the cluster's folder. */
  readonly kubeconfig: string;
}

/** Starts the master's thread. `onCrash` hears when it ends unasked. */
export async function startControlPlane(
  record: ClusterRecord,
  context: ClusterContext,
  onCrash: (error: AppError) => void,
): Promise<ControlPlane> {
  const { home, layout, log, clock } = context;
  const directory = home.cluster(record.id);
  const host = await MasterHost.start(
    layout.masterThread,
    {
      name: record.name,
      port: record.apiPort,
      home: {
        directory: path.join(directory, 'master'),
        serviceRange: record.serviceRange,
        podRange: record.podRange,
        store: 'sqlite',
        addresses: [],
        assets: { schemas: layout.schemas, openApi: layout.openApi },
      },
    },
    log.with({ cluster: record.name }),
    onCrash,
  );
  const server = `https://127.0.0.1:${record.apiPort}`;
  const client = new HttpsClient({
    servers: [server],
    credentials: () => ({ ...host.admin, ca: host.certificateAuthority }),
    userAgent: 'pilothouse',
    clock,
  });
  const config = (): string =>
    kubeconfig(record.name, server, host.certificateAuthority, 'kubernetes-admin', host.admin);
  const writeConfig = (): Promise<void> => writeAtomically(path.join(directory, 'kubeconfig'), config());
  await writeConfig();
  host.onAdminRenewed(() => {
    writeConfig().catch((error: unknown) => {
      log.error('the kubeconfig could not be renewed', { cluster: record.name, error: describeError(error) });
    });
  });
  return {
    host,
    client,
    server,
    get kubeconfig() {
      return config();
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}
