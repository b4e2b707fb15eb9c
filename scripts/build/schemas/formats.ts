import * as clientTypes from '@kubernetes/client-node';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

type Formats = Readonly<Record<string, string>>;

/**
 * The formats of a type's fields (int32, int64, double, byte, date-time), which the models leave out;
 * the official client's classes carry them. Returns nothing for types that the client has no class for.
 */
export function formatsOf(typeName: string): Formats {
  const [group, version, name] = typeName.split('.') as [string, string, string];
  const classes = clientTypes as unknown as Readonly<Record<string, { attributeTypeMap?: readonly Attribute[] }>>;
  // Names that several groups share have the group in front.
  const attributes =
    classes[`${capital(group)}${capital(version)}${name}`]?.attributeTypeMap ??
    classes[`${capital(version)}${name}`]?.attributeTypeMap ??
    [];
  return Object.fromEntries(attributes.map((attribute) => [attribute.baseName, attribute.format]));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
