const KEY = 'last-cluster';

/** The cluster that was looked at last, over reloads of the window. */
export const lastCluster = {
  get: (): string | null => localStorage.getItem(KEY),
  set: (id: string): void => localStorage.setItem(KEY, id),
};
