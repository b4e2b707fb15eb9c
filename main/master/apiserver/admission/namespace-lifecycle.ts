import type { Collection } from '../../store/cache/collection.ts';
import { namespaces, type Namespace } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { StatusError, statusError } from '#common/kube/status-error.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

/** Every cluster has these; without them parts of it could not work. */
export const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const NOT_DELETABLE: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is made in a namespace that is not there, or is going. */
export function namespaceLifecycle(collection: () => Collection): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    // Before any other plugin looks for what belongs to the namespace.
    admit(request) {
      if (request.operation === 'CREATE' && request.kind.resource.namespaced) {
        const namespace = collection().get(request.namespace)?.value as Stored<Namespace> | undefined;
        if (!namespace) throw statusError.notFound(namespaces, request.namespace);
        if (namespace.status?.phase === 'Terminating' || namespace.metadata.deletionTimestamp !== undefined) {
          throw terminating(request);
        }
      }
    },
    validate(request) {
      if (request.operation === 'DELETE') forbidSystemNamespaces(request);
    },
  };
}

function forbidSystemNamespaces(request: AdmissionRequest): void {
  const { resource } = request.kind;
  if (resource.plural === 'namespaces' && resource.group === '' && NOT_DELETABLE.has(request.name)) {
    throw statusError.forbidden(namespaces, request.name, 'this namespace may not be deleted');
  }
}

function terminating(request: AdmissionRequest): StatusError {
  const { group, plural } = request.kind.resource;
  const why = `unable to create new content in namespace ${request.namespace} because it is being terminated`;
  const { message = '' } = statusError.forbidden({ group, plural }, request.name, why).status;
  return new StatusError(403, 'Forbidden', message, {
    name: request.name,
    group,
    kind: plural,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${request.namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}
