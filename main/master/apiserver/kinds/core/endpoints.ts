import { ageText } from '#common/kube/duration.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import { endpoints, type Endpoints } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';

const SHOWN = 3;

/** The older form of EndpointSlice: all addresses of a Service in one object. */
export const endpointsKind: Kind<Endpoints> = {
  resource: endpoints,
  type: 'core.v1.Endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  nameProblems: dnsSubdomainProblems,
  unconditionalUpdate: true,
  columns: [
    NAME_COLUMN,
    { name: 'Endpoints', type: 'string', description: 'The set of all endpoints is the union of all subsets.' },
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    object.metadata.name,
    addressesText(object),
    ageText(object.metadata.creationTimestamp, now),
  ],
};

function addressesText(object: Stored<Endpoints>): string {
  const all = (object.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`)),
  );
  if (all.length === 0) return '<none>';
  const more = all.length - SHOWN;
  return all.slice(0, SHOWN).join(',') + (more > 0 ? ` + ${more} more...` : '');
}
