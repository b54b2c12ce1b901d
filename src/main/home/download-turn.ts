/**
 * When a download has its turn: of two that wait the one of the higher priority goes first, and of the same
 * priority the one that was asked for first. Pure.
 */

/** The highest first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Turn {
  readonly priority: Priority;
  /** Among those of its priority; the smaller is sooner. No two downloads of a library have the same. */
  readonly place: number;
}

/** Of one that stands before all others. */
export const FIRST_TURN: Turn = { priority: 'high', place: 0 };

/** 0 for the highest. */
export function rankOf(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

/** Below 0 when the first of them goes before the other. */
export function compareTurns(one: Turn, other: Turn): number {
  return rankOf(one.priority) - rankOf(other.priority) || one.place - other.place;
}
