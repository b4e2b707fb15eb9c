import type { ClusterNode, ClusterPhase } from '#common/contract/cluster.ts';
import type { Tone } from '#common/contract/rows.ts';
import type { MessageKey } from '../../i18n/catalogue.ts';

export interface Look {
  readonly tone: Tone;
  readonly word: Extract<MessageKey, `phase.${string}` | `machine.${string}`>;
  /** Something is being done right now. */
  readonly busy: boolean;
}

export const phaseLooks: Readonly<Record<ClusterPhase, Look>> = {
  creating: { tone: 'info', word: 'phase.creating', busy: true },
  starting: { tone: 'info', word: 'phase.starting', busy: true },
  running: { tone: 'ok', word: 'phase.running', busy: false },
  stopping: { tone: 'leaving', word: 'phase.stopping', busy: true },
  stopped: { tone: 'leaving', word: 'phase.stopped', busy: false },
  deleting: { tone: 'leaving', word: 'phase.deleting', busy: true },
  failed: { tone: 'error', word: 'phase.failed', busy: false },
};

export const machineLooks: Readonly<Record<ClusterNode['machine'], Look>> = {
  absent: { tone: 'unknown', word: 'machine.absent', busy: false },
  starting: { tone: 'info', word: 'machine.starting', busy: true },
  running: { tone: 'ok', word: 'machine.running', busy: false },
  stopping: { tone: 'leaving', word: 'machine.stopping', busy: true },
  stopped: { tone: 'leaving', word: 'machine.stopped', busy: false },
  broken: { tone: 'error', word: 'machine.broken', busy: false },
};
