import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import type { Pod, ServiceAccount } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Collection } from '../../store/cache/collection.ts';
import { setServiceAccountName } from '../kinds/core/pod-spec/defaults.ts';
import type { Draft } from '../kind.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import { mountableSecretsProblem } from './mountable-secrets.ts';
import { mountToken } from './service-account-token.ts';

const DEFAULT_ACCOUNT = 'default';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** A namespace gets its default account a moment after it was made. */
const PATIENCE_MS = 1500;

/** Every pod acts as a service account that is there, and finds its token where clients look for it. */
export function serviceAccount(collection: () => Collection, clock: Clock, random: Random): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit(request) {
      const { operation, kind, subresource, namespace, draft } = request;
      if (operation !== 'CREATE' || kind.resource.plural !== 'pods' || kind.resource.group !== '' || subresource !== '')
        return;
      const pod = draft as Draft<Pod>;
      if (!pod.spec) return;
      if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
        checkMirrorPod(request, pod.spec);
        return;
      }
      setServiceAccountName(pod.spec, pod.spec.serviceAccountName || DEFAULT_ACCOUNT);
      const name = pod.spec.serviceAccountName!;
      const account = await findAccount(collection(), `${namespace}/${name}`, name === DEFAULT_ACCOUNT, clock);
      if (!account) {
        throw forbidden(
          request,
          `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
        );
      }
      const automount = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
      if (automount) mountToken(pod.spec, random);
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
      }
    },
    validate(request) {
      const { kind, subresource, operation, namespace, draft } = request;
      if (kind.resource.plural !== 'pods' || kind.resource.group !== '') return;
      if (subresource === '' ? operation !== 'CREATE' : subresource !== 'ephemeralcontainers') return;
      const { spec, metadata } = draft as Draft<Pod>;
      if (!spec || metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
      const account = collection().get(`${namespace}/${spec.serviceAccountName ?? ''}`)?.value;
      const problem = account && mountableSecretsProblem(account as unknown as Stored<ServiceAccount>, spec);
      if (problem !== undefined) throw forbidden(request, problem);
    },
  };
}

async function findAccount(
  collection: Collection,
  key: string,
  mayBeOnItsWay: boolean,
  clock: Clock,
): Promise<Stored<ServiceAccount> | undefined> {
  const look = (): Stored<ServiceAccount> | undefined =>
    collection.get(key)?.value as Stored<ServiceAccount> | undefined;
  const found = look();
  if (found || !mayBeOnItsWay) return found;
  const { promise, resolve } = Promise.withResolvers<void>();
  using _changes = collection.subscribe(() => {
    if (look()) resolve();
  });
  using _patience = clock.after(PATIENCE_MS, resolve);
  await promise;
  return look();
}

/** A mirror pod shows what a node runs on its own: it cannot use what only the API has. */
function checkMirrorPod(request: AdmissionRequest, spec: IPodSpec): void {
  if (spec.serviceAccountName) throw forbidden(request, 'a mirror pod may not reference service accounts');
  const sources = (spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (spec.volumes?.some(({ secret }) => secret)) throw forbidden(request, 'a mirror pod may not reference secrets');
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken)) {
    throw forbidden(request, 'a mirror pod may not use ServiceAccountToken volume projections');
  }
}

function forbidden({ kind, name }: AdmissionRequest, why: string): Error {
  return statusError.forbidden(kind.resource, name, why);
}
