import { ageText } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import { endpointSlices, type EndpointSlice } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';

const MAXIMUM_ENDPOINTS = 1000;
const MAXIMUM_PORTS = 20_000;
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const SHOWN = 3;

/** Where the pods of a Service are, in parts of limited size. */
export const endpointSliceKind: Kind<EndpointSlice> = {
  resource: endpointSlices,
  type: 'discovery.v1.EndpointSlice',
  singular: 'endpointslice',
  nameProblems: dnsSubdomainProblems,
  countsGeneration: true,
  unconditionalUpdate: true,
  setDefaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
  },
  validate(draft) {
    const { endpoints = [], ports = [] } = draft;
    const errors: FieldError[] = [];
    if (!ADDRESS_TYPES.includes(draft.addressType)) {
      errors.push(
        (draft.addressType as string) === ''
          ? fieldError.required('addressType')
          : fieldError.notSupported('addressType', draft.addressType, ADDRESS_TYPES),
      );
    }
    if (endpoints.length > MAXIMUM_ENDPOINTS) {
      errors.push(fieldError.tooMany('endpoints', endpoints.length, MAXIMUM_ENDPOINTS));
    }
    if (ports.length > MAXIMUM_PORTS) {
      errors.push(fieldError.tooMany('ports', ports.length, MAXIMUM_PORTS));
    }
    for (const [index, endpoint] of endpoints.entries()) {
      if (endpoint.addresses.length === 0) {
        errors.push(fieldError.required(`endpoints[${index}].addresses`, 'must contain at least 1 address'));
      }
    }
    return errors;
  },
  validateUpdate: (draft, old) =>
    draft.addressType === old.addressType
      ? []
      : [fieldError.invalid('addressType', draft.addressType, 'field is immutable')],
  columns: [
    NAME_COLUMN,
    {
      name: 'AddressType',
      type: 'string',
      description: 'addressType specifies the type of address carried by this EndpointSlice.',
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'ports specifies the list of network ports exposed by each endpoint in this slice.',
    },
    { name: 'Endpoints', type: 'string', description: 'endpoints is a list of unique endpoints in this slice.' },
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    object.metadata.name,
    object.addressType,
    limited(
      (object.ports ?? []).map(({ port }) => (port === undefined ? '*' : String(port))),
      '<unset>',
    ),
    limited(addressesOf(object), '<unset>'),
    ageText(object.metadata.creationTimestamp, now),
  ],
};

function addressesOf(object: Stored<EndpointSlice>): string[] {
  return (object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
}

function limited(items: readonly string[], none: string): string {
  if (items.length === 0) return none;
  const more = items.length - SHOWN;
  return items.slice(0, SHOWN).join(',') + (more > 0 ? ` + ${more} more...` : '');
}
