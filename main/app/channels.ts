/** What passes between the page's preload script and the main process; nothing else is listened to. */
export const channels = {
  /** A frame of the contract, as JSON text, either way. */
  frame: 'pilothouse:frame',
  /** How many characters of frames the page has taken since it last said so. */
  taken: 'pilothouse:taken',
} as const;

/** How much a page takes before it says so. */
export const TAKEN_STEP = 2 ** 16;
