/** The order of the names in one folder of a table: by their UTF-8 bytes. */

/** Characters of two units come behind all others in UTF-8, and before some by their units. */
const UNLIKE_ITS_UNITS = /[\ud800-\uffff]/;

/** Negative when the first one comes before the other. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  if (UNLIKE_ITS_UNITS.test(a) && UNLIKE_ITS_UNITS.test(b)) {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return a < b ? -1 : 1;
}
