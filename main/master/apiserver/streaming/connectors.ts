import type { ApiRequest, ApiResponse } from '../http/exchange.ts';
import type { ObjectRequest } from '../handlers/request.ts';

/** Serves one connect subresource (log, exec, ...) of one object. */
export type Connector = (
  request: ObjectRequest,
  query: URLSearchParams,
  incoming: ApiRequest,
  response: ApiResponse,
  signal: AbortSignal,
) => Promise<void>;

/** By the name of the subresource. */
export type Connectors = Readonly<Record<string, Connector>>;
