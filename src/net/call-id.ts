/** The number by which a call is known again: drawn by the caller, shown by whoever answers. */
import { randomBytes } from 'node:crypto';
import { CALL_ID_BYTES } from './peer-frame-types.js';

const PATTERN = new RegExp(`^[0-9a-f]{${CALL_ID_BYTES * 2}}$`);

/** Nobody else can guess it. */
export function createCallId(): string {
  return randomBytes(CALL_ID_BYTES).toString('hex');
}

/** True for the text of such a number. */
export function isCallId(value: unknown): value is string {
  return typeof value === 'string' && PATTERN.test(value);
}
