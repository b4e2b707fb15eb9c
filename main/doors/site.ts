import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface SiteFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** The built page by URL path. A request can only name what is in the map, so no path can lead out of it. */
export type Site = ReadonlyMap<string, SiteFile>;

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.woff2', 'font/woff2'],
]);

/** Reads every file below `root` once. `index.html` stands at `/` too. */
export async function readSite(root: string): Promise<Site> {
  const site = new Map<string, SiteFile>();
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((found) => found.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const contentType = CONTENT_TYPES.get(path.extname(entry.name));
    if (contentType === undefined) continue;
    const url = `/${path.relative(root, file).split(path.sep).join('/')}`;
    site.set(url, {
      body: new Uint8Array(await readFile(file)),
      contentType,
      // The build names assets by their content.
      cacheControl: url.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache',
    });
  }
  const index = site.get('/index.html');
  if (!index) throw new Error(`There is no index.html in ${root}: build the renderer first.`);
  return site.set('/', index);
}
