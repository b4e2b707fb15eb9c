import type { User } from '../../authentication/user.ts';
import { NO_OPINION, type Attributes, type Authorizer, type Decision, type RulesOfUser } from '../authorizer.ts';
import { missingText, type RbacPolicy } from './policy.ts';
import { ruleAllows } from './rules.ts';

/** Role-based access control (rbac.authorization.k8s.io/v1). */
export class RbacAuthorizer implements Authorizer {
  readonly #policy: RbacPolicy;

  constructor(policy: RbacPolicy) {
    this.#policy = policy;
  }

  decide(attributes: Attributes): Decision {
    const namespace = 'path' in attributes ? '' : attributes.namespace;
    let missing: string[] | undefined;
    for (const { roleRef, allowed } of this.#policy.bound(attributes.user, namespace)) {
      const rules = this.#policy.rulesOfRole(roleRef, namespace);
      if (!rules) (missing ??= []).push(missingText(roleRef));
      else if (rules.some((rule) => ruleAllows(rule, attributes))) return allowed;
    }
    return missing ? { allowed: false, reason: `RBAC: ${aggregate(missing)}` } : NO_OPINION;
  }

  rulesFor(user: User, namespace: string): RulesOfUser {
    return this.#policy.rulesFor(user, namespace);
  }
}

/** As Go prints several errors. */
function aggregate(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}
