/** What the product itself runs in pods: built from the C sources beside this file, so that no registry is needed. */
export interface ProductImage {
  /** Names the archives: `web-1` becomes web-1-amd64.tar and web-1-arm64.tar. */
  readonly name: string;
  /** How pods name it. */
  readonly reference: string;
  /** `pause` holds the namespaces of every pod; `sample` is offered to users to deploy. */
  readonly role: 'pause' | 'sample';
  readonly source: string;
  /** Passed to the compiler as -D<name>=<value>. */
  readonly defines: Readonly<Record<string, string>>;
  /** Numeric user and group that it runs as, unless the pod says otherwise. */
  readonly user: string;
  readonly port?: number;
}

const web = (version: number): ProductImage => ({
  name: `web-${version}`,
  reference: `pilothouse.local/web:${version}`,
  role: 'sample',
  source: 'web.c',
  defines: { VERSION: String(version) },
  user: '65532:65532',
  port: 8080,
});

export const productImages: readonly ProductImage[] = [
  {
    name: 'pause',
    reference: 'pilothouse.local/pause:1',
    role: 'pause',
    source: 'pause.c',
    defines: {},
    user: '65535:65535',
  },
  web(1),
  web(2),
];
