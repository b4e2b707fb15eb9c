import { hostLabel, type HostWithSecrets } from '#common/contract/host.ts';
import type { Finding } from '#common/contract/finding.ts';

/** A machine as it stands in a form: what is empty is left out of what is sent. */
export interface HostDraft {
  /** Tells the rows of a form apart. */
  readonly key: number;
  address: string;
  port: number | undefined;
  user: string;
  keyFile: string;
  passphrase: string;
  sudoPassword: string;
}

/** A row that is still to be filled in, with what machines of one owner have in common taken from another. */
export function nextHost(like?: HostDraft): HostDraft {
  return {
    key: (like?.key ?? 0) + 1,
    address: '',
    port: like?.port ?? 22,
    user: like?.user ?? 'root',
    keyFile: like?.keyFile ?? '',
    passphrase: like?.passphrase ?? '',
    sudoPassword: '',
  };
}

/** What the contract takes; a port that is no number is left for its schema to refuse. */
export function hostOf(draft: HostDraft): Omit<HostWithSecrets, 'port'> & { readonly port: number } {
  const { address, port = NaN, user, keyFile, passphrase, sudoPassword } = draft;
  return {
    address: address.trim(),
    port,
    user: user.trim(),
    ...(keyFile.trim() === '' ? {} : { keyFile: keyFile.trim() }),
    secrets: {
      ...(keyFile.trim() === '' || passphrase === '' ? {} : { passphrase }),
      ...(sudoPassword === '' ? {} : { sudoPassword }),
    },
  };
}

/** The host, held to the key that it showed when it was checked. */
export function pinned(host: HostWithSecrets, findings: readonly Finding[]): HostWithSecrets {
  const key = findings.find(
    (finding) => finding.check === 'host-key' && finding.outcome === 'ok' && finding.host === hostLabel(host),
  );
  return key?.detail === undefined ? host : { ...host, hostKey: key.detail };
}

/** The first of each address and port is fine; whoever repeats one is told so. */
export function repeated(drafts: readonly HostDraft[]): ReadonlySet<number> {
  const placeOf = ({ address, port }: HostDraft): string => `${address.trim().toLowerCase()}:${port ?? ''}`;
  const places = drafts.map(placeOf);
  return new Set(
    drafts
      .filter((draft, index) => draft.address.trim() !== '' && places.indexOf(placeOf(draft)) < index)
      .map(({ key }) => key),
  );
}
