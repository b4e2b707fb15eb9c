import type { TestMaster } from './master.ts';
import { send, wholeAnswer, type RawAnswer } from './raw-http.ts';

export interface RawRequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Who asks; an administrator when absent. */
  readonly user?: string;
  readonly groups?: readonly string[];
  /** Without a certificate. */
  readonly anonymous?: boolean;
}

/** One request on a connection of its own, byte for byte as a client may send it. */
export async function rawRequest(
  master: TestMaster,
  path: string,
  options: RawRequestOptions = {},
): Promise<RawAnswer> {
  const { method = 'GET', headers = {}, body, user, groups, anonymous = false } = options;
  const credentials = anonymous ? { ca: master.authority.cert } : master.credentials(user, groups);
  const url = await master.url();
  return wholeAnswer(
    await send(url, { ...credentials, servername: 'localhost', path, method, headers, agent: false }, body),
  );
}
