import { readFailure } from '#common/client/https/client.ts';
import type { HttpsSession } from '#common/client/https/session.ts';
import { queryText, resourcePath } from '#common/client/url.ts';
import { pods } from '#common/kube/resources.ts';
import type { LogReader } from './logs.ts';

/** Reads logs as `kubectl logs --follow` does. */
export function logReader(session: HttpsSession): LogReader {
  return async ({ namespace, name, container, tailLines }, signal) => {
    const path = resourcePath(pods, namespace, name, 'log') + queryText({ container, tailLines, follow: true });
    const answer = await session.request({ method: 'GET', path, signal });
    if (answer.status !== 200) throw await readFailure(answer);
    return answer.body;
  };
}
