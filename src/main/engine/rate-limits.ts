/**
 * The rate limits of a client: those with which it was started, and rules that its home keeps, which may be
 * changed while it runs. Sets the cells that all threads share, and looks at the time of day while a rule depends
 * on it. Owns the rules.
 */
import { P2pError, TrackerError } from '../../net/errors.js';
import { setGroupRate } from '../../net/group-rates.js';
import type { Later } from '../../net/later.js';
import { LIMIT_LOOK_INTERVAL_MS, MAX_LIMIT_RULES } from '../../net/limits.js';
import { SharedRateLimiter, type Rate } from '../../net/shared-rate-limiter.js';
import type { SharedRates } from '../../workers/messages/thread.js';
import type {
  HoldingLimit,
  LimitRequest,
  LimitRule,
  LimitScope,
  LimitedTo,
  RateLimitReport,
} from '../api/rate-limits.js';
import { boundOf, holdingAt, isSameScope, withRule, withoutRules } from './limit-rules.js';

export interface RateLimitsOptions {
  readonly rates: SharedRates;
  /** With which the client was started: they go before what is kept, and are not kept. */
  readonly given: readonly LimitRule[];
  readonly read: () => Promise<readonly LimitRule[]>;
  readonly write: (rules: readonly LimitRule[]) => Promise<void>;
  /** Sets what goes over the line in all; somebody else may set the cells below that. */
  readonly setAll: (up: number | undefined, down: number | undefined) => void;
  /** Of the day, of this machine's clock. */
  readonly minute: () => number;
  readonly later: Later;
  /** What is kept cannot be read, and holds for nothing; told once. */
  readonly onUnreadable: (error: P2pError) => void;
}

export class RateLimits {
  readonly #options: RateLimitsOptions;
  #given: readonly LimitRule[];
  #kept: readonly LimitRule[] = [];
  #loading: Promise<void> | undefined;
  #changing: Promise<unknown> = Promise.resolve();
  /** What the cells say. */
  #holding: readonly HoldingLimit[];
  #endLooking: (() => void) | undefined;
  #isClosed = false;
  #isUnreadableTold = false;

  constructor(options: RateLimitsOptions) {
    this.#options = options;
    this.#given = options.given;
    // The cells were made so.
    this.#holding = holdingAt({ kept: [], given: options.given }, 0);
  }

  /** What holds now of a scope. */
  holdingOf(scope: LimitScope): HoldingLimit {
    return this.#holding.find((one) => isSameScope(one.scope, scope)) ?? { scope };
  }

  /** Before the first transfer: what is kept holds from now on. A file that cannot be read holds nothing up, and is told. */
  async load(): Promise<void> {
    await this.#load().catch((error: unknown) => {
      if (!(error instanceof P2pError)) throw error;
      if (!this.#isUnreadableTold) this.#options.onUnreadable(error);
      this.#isUnreadableTold = true;
    });
  }

  /** @throws StorageError when what is kept cannot be read */
  async report(): Promise<RateLimitReport> {
    await this.#load();
    const rules = [
      ...this.#kept.map((one) => ({ ...one, isGiven: false })),
      ...this.#given.map((one) => ({ ...one, isGiven: true })),
    ];
    return { rules, holding: this.#holding };
  }

  /** Changes a rule, or takes those of a scope away; one after the other. @throws P2pError */
  change(request: LimitRequest): Promise<RateLimitReport> {
    const changed = this.#changing.then(async () => {
      await this.#load();
      const kept =
        request.isCleared === true
          ? withoutRules(this.#kept, request)
          : withRule(this.#kept, ruleOf(request));
      if (kept.length > MAX_LIMIT_RULES) throw tooMany();
      const given = request.between
        ? this.#given
        : this.#given.flatMap((one) => lessOf(one, request));
      // What cannot hold, or cannot be kept, is not told to hold.
      await this.#options.write(kept);
      [this.#kept, this.#given] = [kept, given];
      this.#apply();
      return this.report();
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  /**
   * Somebody else may have changed what is kept; `given` takes the place of what was given with the start.
   * @throws StorageError when it cannot be read: what held holds on
   */
  reread(given?: readonly LimitRule[]): Promise<RateLimitReport> {
    const reread = this.#changing.then(async () => {
      const kept = await this.#options.read();
      [this.#kept, this.#given] = [kept, given ?? this.#given];
      this.#loading = Promise.resolve();
      this.#apply();
      return this.report();
    });
    this.#changing = reread.catch(() => undefined);
    return reread;
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#endLooking?.();
    this.#endLooking = undefined;
  }

  #load(): Promise<void> {
    this.#loading ??= this.#options
      .read()
      .then((rules) => {
        this.#kept = rules;
        if (rules.length > 0) this.#apply();
      })
      .catch((error: unknown) => {
        // It may be mended, or removed, while this client runs.
        this.#loading = undefined;
        throw error;
      });
    return this.#loading;
  }

  #apply(): void {
    const { minute, later } = this.#options;
    const before = this.#holding;
    const rules = { kept: this.#kept, given: this.#given };
    this.#holding = holdingAt(rules, minute());
    const ended = before.filter(
      (one) => !this.#holding.some((now) => isSameScope(now.scope, one.scope)),
    );
    // Those that have ended first: their groups' rows are for others.
    for (const { scope } of [...ended, ...this.#holding]) this.#set(scope, before);
    const isTimed = [...this.#kept, ...this.#given].some(({ between }) => between !== undefined);
    this.#endLooking?.();
    this.#endLooking =
      isTimed && !this.#isClosed ? later(LIMIT_LOOK_INTERVAL_MS, () => this.#apply()) : undefined;
  }

  /** A cell that is set forgives what was reserved: only what has changed is. */
  #set(scope: LimitScope, before: readonly HoldingLimit[]): void {
    const { rates, setAll } = this.#options;
    const { up, down } = this.holdingOf(scope);
    const was = before.find((one) => isSameScope(one.scope, scope));
    if (was?.up === up && was?.down === down) return;
    switch (scope.kind) {
      case 'all':
        return setAll(boundOf(up), boundOf(down));
      case 'lan':
        new SharedRateLimiter(rates.lan.up).setRate(nearRate(up));
        new SharedRateLimiter(rates.lan.down).setRate(nearRate(down));
        return;
      case 'wan':
        new SharedRateLimiter(rates.wan.up).setRate(boundOf(up));
        new SharedRateLimiter(rates.wan.down).setRate(boundOf(down));
        return;
      case 'group':
        setGroupRate(rates.groups, scope.groupId, { up: boundOf(up), down: boundOf(down) });
    }
  }
}

/** Without a rule the own network is as all else. */
export function nearRate(limit: LimitedTo | undefined): Rate {
  return limit === undefined ? 'aside' : boundOf(limit);
}

function ruleOf({ scope, between, up, down }: LimitRule): LimitRule {
  return {
    scope,
    ...(between && { between }),
    ...(up !== undefined && { up }),
    ...(down !== undefined && { down }),
  };
}

/** What was given with the start, without what is changed of it. */
function lessOf(given: LimitRule, { scope, up, down, isCleared }: LimitRequest): LimitRule[] {
  if (!isSameScope(given.scope, scope)) return [given];
  if (isCleared === true) return [];
  const left = ruleOf({
    scope,
    ...(given.up !== undefined && up === undefined && { up: given.up }),
    ...(given.down !== undefined && down === undefined && { down: given.down }),
  });
  return left.up === undefined && left.down === undefined ? [] : [left];
}

function tooMany(): TrackerError {
  return new TrackerError(
    'LIMIT_REACHED',
    `${MAX_LIMIT_RULES} rules about rates are kept already; take some away with \`limit --clear\``,
  );
}
