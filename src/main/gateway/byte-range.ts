/** Which bytes of a file a guest asks for (RFC 9110, 14). Pure. */

/** `first` and `last` count from 0, both included. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: ByteRange = { kind: 'whole' };
const UNSATISFIABLE: ByteRange = { kind: 'unsatisfiable' };
/** One range of digits that a number can hold; what else there may be is not understood here, and then ignored. */
const SINGLE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * Several ranges at once are answered with the whole, as RFC 9110 allows: answering them bit by bit is how a small
 * request makes much work.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange {
  const [, from, to] = SINGLE.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return WHOLE;
  if (from === '') return suffixOf(Number(to), size);
  const first = Number(from);
  const last = to === '' ? Infinity : Number(to);
  // Not a range at all.
  if (last < first) return WHOLE;
  if (first >= size) return UNSATISFIABLE;
  return { kind: 'part', first, last: Math.min(last, size - 1) };
}

function suffixOf(length: number, size: number): ByteRange {
  if (length === 0 || size === 0) return UNSATISFIABLE;
  return { kind: 'part', first: Math.max(0, size - length), last: size - 1 };
}

/** Whether a range holds that is meant for one state of the file only (If-Range); a date says too little here. */
export function isRangeMeant(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}
