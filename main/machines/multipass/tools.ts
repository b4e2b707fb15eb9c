import type { MultipassCommands } from './commands.ts';
import type { MultipassHost } from './host.ts';
import type { InstanceRecords } from './records.ts';

/** What all work on instances needs. */
export interface InstanceTools {
  readonly commands: MultipassCommands;
  readonly records: InstanceRecords;
  readonly host: MultipassHost;
}
