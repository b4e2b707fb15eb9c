export const SECTIONS = ['overview', 'nodes', 'workloads', 'pods', 'services', 'events'] as const;
export type Section = (typeof SECTIONS)[number];

/** Where the window is, as its address's fragment tells: reloading, going back and links all work by it. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'new' }
  | { readonly page: 'cluster'; readonly cluster: string; readonly section: Section; readonly item?: Item };

/** An object that is looked at, in the drawer beside its table. */
export interface Item {
  readonly namespace: string;
  readonly name: string;
}

export function hrefOf(route: Route): string {
  switch (route.page) {
    case 'home':
      return '#/';
    case 'new':
      return '#/new';
    case 'cluster': {
      const item = route.item ? [route.item.namespace, route.item.name] : [];
      return `#/${['clusters', route.cluster, route.section, ...item].map(encodeURIComponent).join('/')}`;
    }
  }
}

export function routeOf(fragment: string): Route {
  const [first, cluster, section, namespace, name] = fragment
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decode);
  if (first === 'new') return { page: 'new' };
  if (first !== 'clusters' || !cluster) return { page: 'home' };
  const known = SECTIONS.find((candidate) => candidate === section) ?? 'overview';
  const item = namespace && name ? { item: { namespace, name } } : {};
  return { page: 'cluster', cluster, section: known, ...item };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

class Router {
  #route = $state.raw<Route>(routeOf(location.hash));

  constructor() {
    window.addEventListener('hashchange', () => (this.#route = routeOf(location.hash)));
  }

  get route(): Route {
    return this.#route;
  }

  go(route: Route): void {
    location.hash = hrefOf(route);
  }

  /** As `go`, in place of where the window is: going back does not lead here again. */
  replace(route: Route): void {
    const actual = routeOf(location.hash);
    // Somebody has just gone elsewhere, and the event that tells so is on its way: that is what counts.
    if (hrefOf(actual) !== hrefOf(this.#route)) {
      this.#route = actual;
      return;
    }
    history.replaceState(null, '', hrefOf(route));
    this.#route = route;
  }
}

export const router = new Router();
