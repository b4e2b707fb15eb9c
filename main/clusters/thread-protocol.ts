import type { AppErrorShape } from '#common/base/app-error.ts';
import type { Contract, ContractHandlers } from '#common/contract/contract.ts';
import type { KeyAndCertificate } from '../pki/authority.ts';
import type { MasterHome } from './open-master.ts';

/** What a master's thread is started with. */
export interface MasterThreadData {
  readonly name: string;
  readonly home: MasterHome;
  readonly port: number;
}

/** The part of the contract that is answered where the cluster's objects are. */
export type ClusterEntry = Extract<keyof Contract, `cluster.${string}`>;
export type ClusterHandlers = Pick<ContractHandlers, ClusterEntry>;

export type ToMaster =
  | {
      readonly type: 'listen';
      readonly id: number;
      readonly host: string;
      readonly port: number;
      readonly advertise: boolean;
    }
  | { readonly type: 'call' | 'open'; readonly id: number; readonly name: ClusterEntry; readonly args: unknown }
  | { readonly type: 'close'; readonly id: number }
  /** This computer slept, or its clock was set. */
  | { readonly type: 'awoke' }
  | { readonly type: 'stop' };

export type FromMaster =
  | { readonly type: 'ready'; readonly certificateAuthority: string; readonly admin: KeyAndCertificate }
  /** An administrator's certificate that takes the place of the one before. */
  | { readonly type: 'admin'; readonly admin: KeyAndCertificate }
  | { readonly type: 'failed'; readonly error: AppErrorShape }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: AppErrorShape }
  /** The event's JSON, which nobody on the way parses. */
  | { readonly type: 'event'; readonly id: number; readonly json: Uint8Array }
  | { readonly type: 'end'; readonly id: number };
