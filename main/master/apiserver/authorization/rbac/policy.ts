import type { Stored } from '#common/kube/object.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '#common/kube/resources.ts';
import type { Collection } from '../../../store/cache/collection.ts';
import type { User } from '../../authentication/user.ts';
import type { Decision, RulesOfUser } from '../authorizer.ts';
import type { PolicyRule } from './rules.ts';

export interface PolicyCollections {
  readonly roles: Collection;
  readonly clusterRoles: Collection;
  readonly roleBindings: Collection;
  readonly clusterRoleBindings: Collection;
}

type Binding = Stored<RoleBinding> | Stored<ClusterRoleBinding>;
type Subject = NonNullable<Binding['subjects']>[number];
type RoleRef = Pick<Binding['roleRef'], 'kind' | 'name'>;

/** A role given to one user or group, and the decision when one of its rules allows. */
export interface BoundRole {
  readonly roleRef: RoleRef;
  readonly allowed: Decision;
}

/** The bindings that name a user or a group, each by its key in its collection. */
type BySubject = Map<string, Map<string, BoundRole>>;

interface Subjects {
  readonly users: BySubject;
  readonly groups: BySubject;
}

/**
 * The RBAC objects as an index from subjects to roles: a decision looks at what is bound to one user and
 * its groups, however many bindings there are. True from the moment that a write is durable.
 */
export class RbacPolicy implements Disposable {
  readonly #collections: PolicyCollections;
  readonly #cluster: Subjects = { users: new Map(), groups: new Map() };
  readonly #namespaces = new Map<string, Subjects>();
  readonly #watches: readonly Disposable[];

  constructor(collections: PolicyCollections) {
    this.#collections = collections;
    const { roleBindings, clusterRoleBindings } = collections;
    this.#watches = [clusterRoleBindings, roleBindings].map((collection) => {
      for (const { value } of collection.under()) this.#put(value as unknown as Binding);
      return collection.subscribe(({ current, previous }) => {
        if (previous) this.#remove(previous.value as unknown as Binding);
        if (current) this.#put(current.value as unknown as Binding);
      });
    });
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch[Symbol.dispose]();
  }

  /** Everything bound to the user: everywhere, and in the namespace unless that is empty. */
  *bound(user: User, namespace: string): Iterable<BoundRole> {
    yield* boundIn(this.#cluster, user);
    const local = namespace === '' ? undefined : this.#namespaces.get(namespace);
    if (local) yield* boundIn(local, user);
  }

  /** The rules of a role, as a binding in the namespace means it; nothing when there is no such role. */
  rulesOfRole({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const { roles, clusterRoles } = this.#collections;
    const object = kind === 'ClusterRole' ? clusterRoles.get(name) : roles.get(`${namespace}/${name}`);
    return object && ((object.value as unknown as Stored<Role> | Stored<ClusterRole>).rules ?? []);
  }

  rulesFor(user: User, namespace: string): RulesOfUser {
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    for (const { roleRef } of this.bound(user, namespace)) {
      const found = this.rulesOfRole(roleRef, namespace);
      if (found) rules.push(...found);
      else errors.push(missingText(roleRef));
    }
    return { rules, errors };
  }

  #put(binding: Binding): void {
    const { name, namespace = '' } = binding.metadata;
    for (const subject of binding.subjects ?? []) {
      const bound: BoundRole = {
        roleRef: binding.roleRef,
        allowed: { allowed: true, reason: `RBAC: allowed by ${bindingText(binding, subject)}` },
      };
      const found = subjectIn(this.#subjectsOf(namespace), subject, namespace);
      if (!found) continue;
      const bindings = found.index.get(found.name) ?? new Map<string, BoundRole>();
      // A subject that is named twice is told of as it stands first.
      if (!bindings.has(name)) bindings.set(name, bound);
      found.index.set(found.name, bindings);
    }
  }

  #remove(binding: Binding): void {
    const { name, namespace = '' } = binding.metadata;
    const subjects = this.#subjectsOf(namespace);
    for (const subject of binding.subjects ?? []) {
      const found = subjectIn(subjects, subject, namespace);
      const bindings = found?.index.get(found.name);
      bindings?.delete(name);
      if (bindings?.size === 0) found?.index.delete(found.name);
    }
    if (namespace !== '' && subjects.users.size + subjects.groups.size === 0) this.#namespaces.delete(namespace);
  }

  #subjectsOf(namespace: string): Subjects {
    if (namespace === '') return this.#cluster;
    const found = this.#namespaces.get(namespace);
    if (found) return found;
    const made: Subjects = { users: new Map(), groups: new Map() };
    this.#namespaces.set(namespace, made);
    return made;
  }
}

/** Why a binding gives nothing. */
export function missingText({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io "${name}" not found`;
}

function* boundIn({ users, groups }: Subjects, user: User): Iterable<BoundRole> {
  const own = users.get(user.name);
  if (own) yield* own.values();
  for (const group of user.groups) {
    const shared = groups.get(group);
    if (shared) yield* shared.values();
  }
}

function subjectIn(
  { users, groups }: Subjects,
  subject: Subject,
  bindingNamespace: string,
): { index: BySubject; name: string } | undefined {
  switch (subject.kind) {
    case 'User':
      return { index: users, name: subject.name };
    case 'Group':
      return { index: groups, name: subject.name };
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace === ''
        ? undefined
        : { index: users, name: `system:serviceaccount:${namespace}:${subject.name}` };
    }
    default:
      return undefined;
  }
}

/** Upstream's words, which name an object before its namespace. */
function bindingText({ kind, metadata, roleRef }: Binding, subject: Subject): string {
  const namespaced = metadata.namespace === undefined ? metadata.name : `${metadata.name}/${metadata.namespace}`;
  const who =
    subject.kind === 'ServiceAccount'
      ? `${subject.name}/${subject.namespace || (metadata.namespace ?? '')}`
      : subject.name;
  return `${kind} "${namespaced}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${who}"`;
}
