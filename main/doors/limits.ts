/** The largest request frame that a window may send. */
export const MAX_FRAME_BYTES = 2 ** 20;

/** How much a window may leave unread before its streams are ended, to be opened again when it can read. */
export const MAX_UNREAD_BYTES = 8 * 2 ** 20;
