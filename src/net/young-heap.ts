/**
 * Keeps the part of the JavaScript heap in which everything begins as small as it is. What lives for
 * long, as the table of a large folder does, makes V8 take three times 16 MiB for it and never give that
 * back: more than the table itself takes. Looking for garbage more often costs a large table some
 * milliseconds. Never undone: such a process has such tables again.
 */
import { setFlagsFromString } from 'node:v8';
import { LARGE_TABLE_BYTES, LARGE_TABLE_ENTRIES } from './limits.js';

let isKept = false;

/** Before so much is decoded or gathered. */
export function beforeTable(size: { readonly bytes: number } | { readonly entries: number }): void {
  const isLarge =
    'bytes' in size ? size.bytes >= LARGE_TABLE_BYTES : size.entries >= LARGE_TABLE_ENTRIES;
  if (isLarge) keep();
}

/** Once a thread runs: V8 12 and older forget the flag when they make a heap (Node 20 and 22). */
export function afterThreadStart(): void {
  if (isKept) keep();
}

function keep(): void {
  isKept = true;
  // V8 reads it whenever it would make that part larger.
  setFlagsFromString('--semi-space-growth-factor=1');
}
