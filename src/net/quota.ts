/**
 * Quotas as the operator of a tracker sets them, and what they come to: a default for all users, one for all groups,
 * and exceptions for single ones. Each bounds some figures; what it leaves out is bounded by nothing but the fixed
 * limits. Pure.
 */

/** What is counted of a user, and of a group. */
export const QUOTA_FIGURES = {
  user: ['files', 'bytes'],
  group: ['files', 'bytes', 'members'],
} as const;

export type QuotaKind = keyof typeof QUOTA_FIGURES;
export type QuotaFigure = 'files' | 'bytes' | 'members';

/** `none`: no bound, whatever the default is. */
export type QuotaBound = number | 'none';

/** Bounds as they were set; of one that is not there the default holds. */
export type QuotaBounds = Readonly<Partial<Record<QuotaFigure, QuotaBound>>>;

/** What holds: no bound for a figure that is not there. */
export type Allowance = Readonly<Partial<Record<QuotaFigure, number>>>;

/** A default (`id` is empty) or an exception. */
export interface SetQuota extends QuotaBounds {
  readonly kind: QuotaKind;
  readonly id: string;
}

/** How much of a bound is used. */
export interface BoundUse {
  readonly used: number;
  readonly allowed: number;
}

/** The quota of somebody, or of a group, as far as there is one. */
export type QuotaUse = Readonly<Partial<Record<QuotaFigure, BoundUse>>>;

/** What holds for somebody with this exception, if there is one, where this is the default. */
export function allowanceOf(
  exception: QuotaBounds | undefined,
  general: QuotaBounds | undefined,
): Allowance {
  const allowance: Partial<Record<QuotaFigure, number>> = {};
  for (const figure of QUOTA_FIGURES.group) {
    const bound = exception?.[figure] ?? general?.[figure];
    if (typeof bound === 'number') allowance[figure] = bound;
  }
  return allowance;
}

/** What is used of an allowance; empty without a bound. */
export function useOf(
  allowance: Allowance,
  used: Readonly<Partial<Record<QuotaFigure, number>>>,
): QuotaUse {
  const use: Partial<Record<QuotaFigure, BoundUse>> = {};
  for (const figure of QUOTA_FIGURES.group) {
    const allowed = allowance[figure];
    if (allowed !== undefined) use[figure] = { used: used[figure] ?? 0, allowed };
  }
  return use;
}
