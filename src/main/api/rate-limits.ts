/** Rate limits as a client is told them, and tells them: rules, and what of them holds now. */

/**
 * What a rule is about: all peers; those in this machine's own networks, who do not count with all others then; those
 * outside of these, besides; or one group, besides.
 */
export type LimitScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'lan' }
  | { readonly kind: 'wan' }
  | { readonly kind: 'group'; readonly groupId: string };

/** A time of each day, in minutes since midnight of this machine; it may go past midnight. */
export interface TimeOfDay {
  readonly from: number;
  readonly to: number;
}

/** Bytes per second. */
export type LimitedTo = number | 'none';

/** What may go each way; one that is left out is not this rule's. A rule for a time goes before one without. */
export interface LimitRule {
  readonly scope: LimitScope;
  readonly between?: TimeOfDay;
  readonly up?: LimitedTo;
  readonly down?: LimitedTo;
}

/** A change: a rule, or that those of its scope go. */
export type LimitRequest = LimitRule & { readonly isCleared?: boolean };

/** What holds of a scope now; absent where no rule says anything. */
export interface HoldingLimit {
  readonly scope: LimitScope;
  readonly up?: LimitedTo;
  readonly down?: LimitedTo;
}

export interface RateLimitReport {
  /** `given`: with the start of this client, and not kept. */
  readonly rules: readonly (LimitRule & { readonly isGiven: boolean })[];
  readonly holding: readonly HoldingLimit[];
}
