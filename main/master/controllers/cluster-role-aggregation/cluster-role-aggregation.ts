import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { mutableCopy } from '#common/base/freeze.ts';
import { keyOf, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { clusterRoles, type ClusterRole } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { sameJson } from '../../apiserver/handlers/write-object.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';

type Rule = NonNullable<ClusterRole['rules']>[number];

/** Keeps the rules of aggregated cluster roles the sum of those that they select. */
export function startClusterRoleAggregation(context: ControllerContext, scope: Scope): void {
  runController<ObjectKey>(
    'cluster role aggregation',
    context,
    scope,
    (queue) => new ClusterRoleAggregation(context, queue),
  );
}

class ClusterRoleAggregation implements Controller<ObjectKey> {
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #roles: Informer<ClusterRole>;

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#roles = context.informers.for(clusterRoles);
    // They are few, and any may select the one that changed.
    this.#roles.subscribe(() => {
      for (const role of this.#roles.list()) if (role.aggregationRule) queue.add(keyOf(role));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#roles];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const role = this.#roles.get(key);
    if (!role?.aggregationRule) return;
    const rules = this.#gather(role);
    if (sameJson(rules, role.rules ?? [])) return;
    const object: ClusterRole = { ...mutableCopy<ClusterRole>(role), rules };
    await this.#context.client.update(clusterRoles, object).catch((error: unknown) => {
      // Someone else changed it: the change has put it into the queue again.
      if (!isStatus(error, 'Conflict') && !isStatus(error, 'NotFound')) throw error;
    });
  }

  #gather(role: Stored<ClusterRole>): Rule[] {
    const others = this.#roles
      .list()
      .filter(({ metadata }) => metadata.name !== role.metadata.name)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const rules: Rule[] = [];
    for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
      const meant = LabelSelector.fromObject(selector);
      for (const rule of others
        .filter(({ metadata }) => meant.matches(metadata.labels))
        .flatMap((one) => one.rules ?? [])) {
        if (!rules.some((known) => sameJson(known, rule))) rules.push(mutableCopy<Rule>(rule));
      }
    }
    return rules;
  }
}
