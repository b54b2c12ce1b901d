/**
 * The rules of quotas: what the operator has set is asked of whoever would use more, and of nobody who uses no more
 * than before, so that a quota that is lowered takes nothing away. Pure: figures go in, a refusal comes out.
 */
import { TrackerError } from '../net/errors.js';
import type { Allowance, QuotaFigure } from '../net/quota.js';

/** A figure as it would be. */
export interface QuotaStep {
  readonly before: number;
  readonly after: number;
}

/** Whose quota it is: of the user who asks, or of a group. */
export type QuotaHolder =
  { readonly kind: 'user' } | { readonly kind: 'group'; readonly groupId: string };

/** @throws TrackerError QUOTA */
export function checkQuota(
  holder: QuotaHolder,
  allowance: Allowance,
  figure: QuotaFigure,
  { before, after }: QuotaStep,
): void {
  const allowed = allowance[figure];
  if (allowed === undefined || after <= before || after <= allowed) return;
  const whose = holder.kind === 'user' ? 'your quota' : `the quota of the group ${holder.groupId}`;
  throw new TrackerError(
    'QUOTA',
    `${whose} on this tracker is ${amountOf(figure, allowed)}; ${ADVICE[holder.kind][figure]}, or ask the operator of the tracker for more`,
  );
}

const ADVICE = {
  user: {
    files: 'stop sharing some with `stop-share`',
    bytes: 'stop sharing some with `stop-share`',
    members: 'leave some',
  },
  group: {
    files: 'have some of its files stopped being shared with `stop-share`',
    bytes: 'have some of its files stopped being shared with `stop-share`',
    members: 'its owner may remove some with `kick`',
  },
} as const;

function amountOf(figure: QuotaFigure, allowed: number): string {
  switch (figure) {
    case 'files':
      return allowed === 1 ? '1 shared file' : `${allowed} shared files`;
    case 'bytes':
      return `${allowed} bytes of descriptions of files`;
    case 'members':
      return allowed === 1 ? '1 member' : `${allowed} members`;
  }
}
