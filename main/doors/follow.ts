import { contract, type Contract, type WindowHandlers } from '#common/contract/contract.ts';
import type { EventOf, ParsedArgsOf, StreamName } from '#common/contract/define.ts';
import { endpointsOf } from './endpoint.ts';

/** A stream of the table followed from within the main process, until the signal aborts. */
export async function follow<N extends StreamName<Contract>>(
  handlers: WindowHandlers,
  name: N,
  args: ParsedArgsOf<Contract[N]>,
  listener: (event: EventOf<Contract[N]>) => void,
  signal: AbortSignal,
): Promise<void> {
  const endpoint = endpointsOf(handlers).get(name)!;
  const tell = (value: unknown): void => {
    if (!signal.aborted) listener(contract[name].event.parse(value) as EventOf<Contract[N]>);
  };
  if (endpoint.kind === 'raw') {
    const decoder = new TextDecoder();
    await endpoint.run(args, (json) => tell(JSON.parse(decoder.decode(json))), signal);
  } else if (endpoint.kind === 'stream') {
    await endpoint.run(args, tell, signal);
  }
}
