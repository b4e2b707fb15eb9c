/** What a certificate request asks for, once it is known to be well-formed and signed by its key. */
export interface CertificateAsk {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipv4Addresses: readonly string[];
  readonly otherNames: number;
  readonly publicKey: Buffer;
}

export interface CertificateGrant extends Omit<CertificateAsk, 'otherNames'> {
  readonly usage: 'client' | 'server';
  readonly lifetimeMs: number;
}

/** The seam to the cluster's certificate authority, which lives outside the master. */
export interface CertificateSigner {
  /** Throws when the request cannot be trusted. */
  read(pem: string): CertificateAsk;
  /** PEM. */
  sign(grant: CertificateGrant): string;
}
