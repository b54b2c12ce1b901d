/** Cuts lists so that each answer stays one control frame. Pure. */
import { PAGE_BYTES } from '../net/limits.js';
import type { Page } from '../net/tracker-api.js';

/** Rows asked of the store for one page; the bytes decide how many of them are sent. */
export const PAGE_ROWS = 500;

/** The longest start of a list whose JSON fits into `maxBytes`; at least one item. */
export function fitBytes<T>(items: readonly T[], maxBytes = PAGE_BYTES): T[] {
  let bytes = 0;
  const tooFar = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return bytes > maxBytes;
  });
  return tooFar === -1 ? [...items] : items.slice(0, Math.max(1, tooFar));
}

/** One page out of rows read with a limit of PAGE_ROWS + 1; `keyOf` names the cursor. */
export function pageOf<T>(rows: readonly T[], keyOf: (item: T) => string): Page<T> {
  const items = fitBytes(rows.slice(0, PAGE_ROWS));
  const last = items.at(-1);
  return last !== undefined && items.length < rows.length
    ? { items, next: keyOf(last) }
    : { items };
}
