/**
 * Results that are too long for one line of the control socket: their JSON goes in slices, each
 * a notification, before the answer. A list of 100,000 files has some 15 MB. Pure.
 */
import { KiB } from '../../net/limits.js';

/**
 * UTF-16 units of a slice. As JSON in JSON each takes at most six bytes, so that the line stays
 * far below MAX_CONTROL_SOCKET_LINE_BYTES.
 */
const SLICE_LENGTH = 512 * KiB;

/** The slices of a result; none when it fits one line. @throws when it has no JSON form */
export function slicesOf(result: unknown): string[] {
  const text = JSON.stringify(result ?? null);
  if (text.length <= SLICE_LENGTH) return [];
  const slices: string[] = [];
  for (let from = 0; from < text.length;) {
    const to = wholeEnd(text, from + SLICE_LENGTH);
    slices.push(text.slice(from, to));
    from = to;
  }
  return slices;
}

/** Not between the two halves of a character: alone they are no text in most languages. */
function wholeEnd(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff && end < text.length;
  return isHalf ? end - 1 : end;
}

/** The result of which these are all slices. */
export function joinSlices(slices: readonly string[]): unknown {
  return JSON.parse(slices.join(''));
}
