/** The Kubernetes release whose API and behaviour this project implements. */
export const KUBERNETES_VERSION = 'v1.34.0';

/** What the nodes' agents and the API server call themselves: the release, and whose build it is (semver). */
export const BUILD_VERSION = `${KUBERNETES_VERSION}+pilothouse`;
