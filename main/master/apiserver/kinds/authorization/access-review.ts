import type { ISubjectAccessReviewSpec } from 'kubernetes-models/authorization.k8s.io/v1/SubjectAccessReviewSpec';
import type { ISubjectAccessReviewStatus } from 'kubernetes-models/authorization.k8s.io/v1/SubjectAccessReviewStatus';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import type { KubeObject } from '#common/kube/object.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { User } from '../../authentication/user.ts';
import type { Attributes } from '../../authorization/authorizer.ts';
import { selectedName } from '../../authorization/selected-name.ts';
import type { Draft, Kind, WriteContext } from '../../kind.ts';

/** What all access reviews ask: may someone do this? (authorization.k8s.io/v1) */
export type Asked = Pick<ISubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;
type AskedResource = NonNullable<Asked['resourceAttributes']>;

export function answerTo(asked: Asked, user: User, { api }: WriteContext): ISubjectAccessReviewStatus {
  const { allowed, reason } = api.authorizer.decide(attributesOf(asked, user));
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

export function askedErrors({ resourceAttributes, nonResourceAttributes }: Asked): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    return [
      fieldError.invalid(
        'spec.nonResourceAttributes',
        nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
    ];
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    return [
      fieldError.invalid(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ];
  }
  return selectorErrors(resourceAttributes);
}

/** Who is asked about. */
export function subjectOf({ user = '', groups = [], uid, extra }: ISubjectAccessReviewSpec): User {
  return {
    name: user,
    groups,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

export function subjectErrors({ user = '', groups = [] }: ISubjectAccessReviewSpec): FieldError[] {
  return user === '' && groups.length === 0
    ? [fieldError.invalid('spec.user', user, 'at least one of user or group must be specified')]
    : [];
}

/** A review is a question, which has neither a name nor anything else of an object. */
export function metadataErrors(draft: Draft): FieldError[] {
  const { namespace: _n, managedFields: _m, ...rest } = draft.metadata;
  const empty = Object.values(rest).every((value: unknown) => value === undefined || value === '' || value === null);
  if (empty) return [];
  const detail = draft.metadata.namespace === undefined ? 'must be empty' : 'must be empty except for namespace';
  return [fieldError.invalid('metadata', draft.metadata, detail)];
}

/** Throws 422 for a question that cannot be answered. */
export function refuseErrors<T extends KubeObject>(kind: Kind<T>['resource'], errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusError.invalid(kind, '', errors);
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Asked, user: User): Attributes {
  if (!resourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return { user, verb, path };
  }
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '' } = resourceAttributes;
  const fieldSelector = selectorText(resourceAttributes);
  const name = resourceAttributes.name || selectedName(fieldSelector);
  return {
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** Requirements that name one value, which are those that authorizers look at, as the text of a selector. */
function selectorText({ fieldSelector }: AskedResource): string | undefined {
  if (!fieldSelector) return undefined;
  if (fieldSelector.rawSelector) return fieldSelector.rawSelector;
  const single = (fieldSelector.requirements ?? []).filter(
    ({ operator, values = [] }) => operator === 'In' && values.length === 1,
  );
  return single.map(({ key, values = [] }) => `${key}=${escaped(values[0]!)}`).join(',');
}

function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, (found) => `\\${found}`);
}

function selectorErrors(asked: AskedResource | undefined): FieldError[] {
  const { rawSelector = '', requirements = [] } = asked?.fieldSelector ?? {};
  const path = 'spec.resourceAttributes.fieldSelector';
  if (!asked?.fieldSelector) return [];
  if (rawSelector !== '' && requirements.length > 0) {
    return [
      fieldError.invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'),
    ];
  }
  if (rawSelector === '' && requirements.length === 0) {
    return [
      fieldError.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
    ];
  }
  return [];
}
