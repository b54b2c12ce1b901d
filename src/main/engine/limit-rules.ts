/** Which of the rules about rates holds: pure. */
import type {
  HoldingLimit,
  LimitRule,
  LimitScope,
  LimitedTo,
  TimeOfDay,
} from '../api/rate-limits.js';

const MINUTES_PER_DAY = 24 * 60;

/** With a change: the rule of the same scope and time takes what it says, one that says nothing any more goes. */
export function withRule(rules: readonly LimitRule[], change: LimitRule): LimitRule[] {
  const before = rules.find((one) => isSameRule(one, change));
  const merged = { ...before, ...change };
  return before ? rules.map((one) => (one === before ? merged : one)) : [...rules, merged];
}

/** Without the rules of a scope, of all times or of one. */
export function withoutRules(
  rules: readonly LimitRule[],
  { scope, between }: Pick<LimitRule, 'scope' | 'between'>,
): LimitRule[] {
  return rules.filter((one) => {
    if (!isSameScope(one.scope, scope)) return true;
    return between !== undefined && !isSameTime(one.between, between);
  });
}

/**
 * What holds at a minute of the day, of each scope and direction: of what was given with the start, else of what is
 * kept, a rule for that time, else one without a time; of several the last.
 */
export function holdingAt(
  { kept, given }: { kept: readonly LimitRule[]; given: readonly LimitRule[] },
  minute: number,
): HoldingLimit[] {
  const holding = new Map<string, HoldingLimit>();
  for (const { scope, up, down } of [kept, given].flatMap((rules) => inOrder(rules, minute))) {
    const before = holding.get(keyOf(scope));
    const said = { ...(up !== undefined && { up }), ...(down !== undefined && { down }) };
    holding.set(keyOf(scope), { ...before, scope, ...said });
  }
  return [...holding.values()];
}

/** Those that say something at that minute; a later one goes before those ahead of it. */
function inOrder(rules: readonly LimitRule[], minute: number): LimitRule[] {
  const always = rules.filter(({ between }) => between === undefined);
  const timed = rules.filter(({ between }) => between && isWithin(between, minute));
  return [...always, ...timed];
}

/** The limit of a direction as a number; undefined for none. */
export function boundOf(limit: LimitedTo | undefined): number | undefined {
  return limit === 'none' ? undefined : limit;
}

export function isSameScope(one: LimitScope, other: LimitScope): boolean {
  return keyOf(one) === keyOf(other);
}

function isSameRule(one: LimitRule, other: LimitRule): boolean {
  return isSameScope(one.scope, other.scope) && isSameTime(one.between, other.between);
}

function isSameTime(one: TimeOfDay | undefined, other: TimeOfDay | undefined): boolean {
  return one?.from === other?.from && one?.to === other?.to;
}

/** From the first minute on, up to and without the last; the same minute twice is the whole day. */
function isWithin({ from, to }: TimeOfDay, minute: number): boolean {
  const length = (to - from + MINUTES_PER_DAY) % MINUTES_PER_DAY || MINUTES_PER_DAY;
  return (minute - from + MINUTES_PER_DAY) % MINUTES_PER_DAY < length;
}

function keyOf(scope: LimitScope): string {
  return scope.kind === 'group' ? `group ${scope.groupId}` : scope.kind;
}
