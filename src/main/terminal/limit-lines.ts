/** Rate limits as people read them. */
import type {
  HoldingLimit,
  LimitScope,
  LimitedTo,
  RateLimitReport,
  TimeOfDay,
} from '../api/rate-limits.js';
import { formatRate } from './quantities.js';

/** What holds now, and beneath it the rules that are for a time, and those that such a one has put aside. */
export function limitLines({ rules, holding }: RateLimitReport): string[] {
  const now = holdingLines(holding);
  const times = rules.flatMap(({ scope, between, up, down }) =>
    between ? [`${nameOf(scope)}, ${timeOf(between)}: ${ratesOf(up, down)}`] : [],
  );
  const given = rules.flatMap(({ isGiven, scope, up, down }) =>
    isGiven
      ? [`given with the start of the client, not kept: ${nameOf(scope)}: ${ratesOf(up, down)}`]
      : [],
  );
  const isGivenFor = (name: string): boolean =>
    rules.some(({ isGiven, scope }) => isGiven && nameOf(scope) === name);
  const kept = rules.filter(({ scope }) => !isGivenFor(nameOf(scope)));
  const aside = kept.flatMap((rule) => asideLines(rule, holding));
  return now.length + times.length === 0 ? ['no limits'] : [...now, ...times, ...aside, ...given];
}

/** What a rule that is for always says of a scope and does not hold now. */
function asideLines(
  { scope, between, up, down }: RateLimitReport['rules'][number],
  holding: readonly HoldingLimit[],
): string[] {
  if (between) return [];
  const now = holding.find((one) => nameOf(one.scope) === nameOf(scope));
  const rates = ratesOf(up === now?.up ? undefined : up, down === now?.down ? undefined : down);
  return rates === '' ? [] : [`${nameOf(scope)}, at other times: ${rates}`];
}

/** One for each scope about which a rule says something now. */
export function holdingLines(holding: readonly HoldingLimit[]): string[] {
  return holding.map(({ scope, up, down }) => `${nameOf(scope)}: ${ratesOf(up, down)}`);
}

function nameOf(scope: LimitScope): string {
  switch (scope.kind) {
    case 'all':
      return 'all';
    case 'lan':
      return 'your own network';
    case 'wan':
      return 'outside your own network';
    case 'group':
      return `group ${scope.groupId}`;
  }
}

function ratesOf(up: LimitedTo | undefined, down: LimitedTo | undefined): string {
  const text = (limit: LimitedTo): string => (limit === 'none' ? 'no limit' : formatRate(limit));
  const ways = [
    up === undefined ? [] : [`up ${text(up)}`],
    down === undefined ? [] : [`down ${text(down)}`],
  ];
  return ways.flat().join(', ');
}

function timeOf({ from, to }: TimeOfDay): string {
  const text = (minute: number): string =>
    [Math.floor(minute / 60), minute % 60].map((part) => `${part}`.padStart(2, '0')).join(':');
  return `${text(from)}-${text(to)}`;
}
