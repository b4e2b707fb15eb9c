/** How long we wait for what, in milliseconds. Multipass itself ends little: a hung daemon hangs its clients. */
export interface Timings {
  /** For an answer that needs no guest. */
  readonly answerMs: number;
  /** For one that the daemon asks the guest for. */
  readonly guestMs: number;
  /** For a launch as a whole, download included. */
  readonly launchMs: number;
  /** For anything new from a launch: then it is given up, though not yet the instance. */
  readonly launchSilenceMs: number;
  readonly startMs: number;
  /** For a guest to shut down when asked to: then it is switched off. */
  readonly stopMs: number;
  readonly forceStopMs: number;
  readonly purgeMs: number;
  /**
   * For an instance of ours to appear in the list after its launch was given up. With the image downloaded its
   * preparation takes seconds; a download ends together with the client that asked for it.
   */
  readonly preparationMs: number;
  /** For an earlier launch of ours that is still at work. */
  readonly busyMs: number;
  /** For an instance that a launch left to come up. */
  readonly adoptMs: number;
  /** Between two looks at what nobody tells of by itself. */
  readonly lookAgainMs: number;
  /** Before each further attempt at an image whose download broke off. */
  readonly downloadPausesMs: readonly number[];
}

export const usualTimings: Timings = {
  answerMs: 30_000,
  guestMs: 60_000,
  launchMs: 2_000_000,
  launchSilenceMs: 600_000,
  startMs: 630_000,
  stopMs: 330_000,
  forceStopMs: 60_000,
  purgeMs: 120_000,
  preparationMs: 20_000,
  busyMs: 600_000,
  adoptMs: 60_000,
  lookAgainMs: 1_000,
  downloadPausesMs: [5_000, 20_000],
};
