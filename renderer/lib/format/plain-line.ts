/**
 * Terminal control sequences (ECMA-48): CSI, which colours and moves; OSC and its kin up to their end;
 * other escapes; and the control characters that are left but for the tab.
 */
const CONTROL = new RegExp(
  [
    '\\u001b\\[[0-?]*[ -/]*[@-~]',
    '\\u001b[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?',
    '\\u001b[ -/]*[0-~]?',
    '[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]',
  ].join('|'),
  'g',
);

/** A line of a log as a person reads it: what only a terminal understands is left out. */
export function plainLine(line: string): string {
  return line.replace(CONTROL, '');
}
