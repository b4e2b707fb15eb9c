import type { User } from '../authentication/user.ts';
import { NO_OPINION, type Attributes, type Authorizer, type Decision, type RulesOfUser } from './authorizer.ts';

/** Several authorizers, asked in order: the first that says yes decides (apiserver pkg/authorization/union). */
export class AuthorizerChain implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  decide(attributes: Attributes): Decision {
    let reason = '';
    for (const authorizer of this.#authorizers) {
      const decision = authorizer.decide(attributes);
      if (decision.allowed) return decision;
      if (decision.reason !== '') reason = reason === '' ? decision.reason : `${reason}\n${decision.reason}`;
    }
    return reason === '' ? NO_OPINION : { allowed: false, reason };
  }

  rulesFor(user: User, namespace: string): RulesOfUser {
    const all = this.#authorizers.map((authorizer) => authorizer.rulesFor(user, namespace));
    return { rules: all.flatMap(({ rules }) => rules), errors: all.flatMap(({ errors }) => errors) };
  }
}
