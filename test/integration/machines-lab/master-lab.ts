import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import type { Client } from '#common/client/client.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import { secrets } from '#common/kube/resources.ts';
import { openMaster, type OpenMaster } from '../../../main/clusters/open-master.ts';
import type { ClusterFacts } from '../../../main/install/node-context.ts';
import { SYSTEM_USER } from '../../../main/master/apiserver/authentication/user.ts';
import { buildSchemas } from '../../../scripts/build/schemas.ts';
import { BUILD, runTask } from '../../../scripts/build/task.ts';
import { BOOTSTRAP_TOKEN } from './node-lab.ts';

const RANGES = { podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/16' };

/** A real master in this process that machines can reach. */
export class MasterLab implements AsyncDisposable {
  readonly cluster: ClusterFacts;
  readonly client: Client;
  /** Where machines reach it. */
  readonly server: string;
  readonly #opened: OpenMaster;
  readonly #directory: string;

  private constructor(opened: OpenMaster, directory: string, server: string) {
    this.#opened = opened;
    this.#directory = directory;
    this.server = server;
    this.client = opened.master.client(SYSTEM_USER, 'installer');
    this.cluster = {
      ...RANGES,
      id: 'lab',
      name: 'lab',
      clusterDns: '10.96.0.10',
      clusterDomain: 'cluster.local',
      serverName: 'kubernetes',
      certificateAuthority: opened.certificateAuthority,
    };
  }

  /** `address` is the one of this host that machines reach. */
  static async open(address: string): Promise<MasterLab> {
    await runTask(buildSchemas);
    const directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-master-'));
    const generated = path.join(BUILD, 'generated');
    const opened = await openMaster(
      {
        ...RANGES,
        directory,
        store: 'memory',
        addresses: [address],
        assets: { schemas: path.join(generated, 'schemas.json'), openApi: path.join(generated, 'openapi.json') },
      },
      { clock: realClock, random: secureRandom, log: silentLog },
    );
    const { port } = await opened.master.listen(address, 0);
    opened.master.advertise({ address, port });
    const lab = new MasterLab(opened, directory, `https://${address}:${port}`);
    const [id = '', secret = ''] = BOOTSTRAP_TOKEN.split('.');
    await lab.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
      stringData: { 'token-id': id, 'token-secret': secret, 'usage-bootstrap-authentication': 'true' },
    });
    return lab;
  }

  /** The same API as kubectl sees it: over HTTPS, with an administrator's certificate. */
  admin(): HttpsClient {
    const { serverName, certificateAuthority: ca } = this.cluster;
    const { cert, key } = this.#opened.admin.current;
    return new HttpsClient({
      servers: [this.server],
      serverName,
      userAgent: 'test',
      clock: realClock,
      credentials: () => ({ ca, cert, key }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }
}
