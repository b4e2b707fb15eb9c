import { ownValue } from '#common/base/own-keys.ts';
import type { TypeName } from '../schema/schema.ts';
import { authenticationMessages } from './messages/authentication.ts';
import { authorizationMessages } from './messages/authorization.ts';
import { autoscalingMessages } from './messages/autoscaling.ts';
import { certificatesMessages } from './messages/certificates.ts';
import { coordinationMessages } from './messages/coordination.ts';
import { coreMessages } from './messages/core.ts';
import { discoveryMessages } from './messages/discovery.ts';
import { metaMessages } from './messages/meta.ts';
import { policyMessages } from './messages/policy.ts';
import { rbacMessages } from './messages/rbac.ts';

/**
 * Messages by the name of their type, each as one text: `1 name, 2 port*, 3 ...core.v1.ProbeHandler`. A field
 * has its number and its name in JSON; what it holds is told by the type's schema. After `...` comes the
 * message whose fields stand in JSON beside those of its owner. A star marks a scalar that is kept though it
 * is empty: Go has a pointer there, or always writes it.
 */
export type Messages = Readonly<Record<TypeName, string>>;

export type MessageField =
  | { readonly style: 'own'; readonly name: string; readonly keepsEmpty: boolean }
  | { readonly style: 'inline'; readonly message: TypeName };

export type MessageFields = ReadonlyMap<number, MessageField>;

/** One file per API group. Adding a kind is adding its messages there. */
export const messages: Messages = {
  ...authenticationMessages,
  ...authorizationMessages,
  ...autoscalingMessages,
  ...certificatesMessages,
  ...coordinationMessages,
  ...coreMessages,
  ...discoveryMessages,
  ...metaMessages,
  ...policyMessages,
  ...rbacMessages,
};

const parsed = new Map<TypeName, MessageFields>();

/** The fields of a message by number; nothing for a type that is not known as a message. */
export function fieldsOfMessage(type: TypeName): MessageFields | undefined {
  const known = parsed.get(type);
  if (known) return known;
  const text = ownValue(messages, type);
  if (text === undefined) return undefined;
  const fields = new Map(text === '' ? [] : text.split(', ').map(parseField));
  parsed.set(type, fields);
  return fields;
}

function parseField(text: string): [number, MessageField] {
  const [number = '', name = ''] = text.split(' ');
  if (name.startsWith('...')) return [Number(number), { style: 'inline', message: name.slice(3) }];
  const keepsEmpty = name.endsWith('*');
  return [Number(number), { style: 'own', name: keepsEmpty ? name.slice(0, -1) : name, keepsEmpty }];
}
