/** Limits that a cgroup puts on all processes below it. What is left out stays unlimited. */
export interface CgroupLimits {
  readonly cpuShares?: number;
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  readonly memoryBytes?: number;
}

/** The kernel's control groups, version 1 or 2, below one root. Paths are relative to it: `/kubepods/podX`. */
export interface CgroupFiles {
  readonly version: 1 | 2;
  /** Makes the group with its parents, and sets its limits. */
  apply(path: string, limits: CgroupLimits): Promise<void>;
  /** Removes the group and all below it, once the last process has gone. */
  remove(path: string): Promise<void>;
  /** The names of the groups directly below, in any hierarchy. */
  children(path: string): Promise<readonly string[]>;
}
