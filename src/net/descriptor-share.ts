/** How many files of folders one piece of work may keep open, so that all others still open theirs. */
import { readFileSync } from 'node:fs';
import { DESCRIPTOR_SHARES, RESERVED_DESCRIPTORS } from './limits.js';

/** Where the system does not say. */
const USUAL_LIMIT = 1024;

/** At least one; `limit` is how many files the process may open. */
export function descriptorShare(limit = descriptorLimit()): number {
  return Math.max(1, Math.floor((limit - RESERVED_DESCRIPTORS) / DESCRIPTOR_SHARES));
}

/** How many files this process may open; Infinity where there is no limit. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    return USUAL_LIMIT;
  }
}
