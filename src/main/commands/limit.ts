/** `limit`: shows and sets how fast a client may be; what is set holds at once, and is kept. */
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import type { LimitScope, LimitedTo, TimeOfDay } from '../api/rate-limits.js';
import { isSwitchedOn, textOption, type CommandContext, type Given } from '../cli/command.js';
import { limitLines } from '../terminal/limit-lines.js';
import { parseRate } from '../terminal/quantities.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const scope = scopeOf(given);
  const isCleared = isSwitchedOn(given, 'clear');
  const rates = { ...rateOf(given, 'up'), ...rateOf(given, 'down') };
  const time = textOption(given, 'between');
  const between = time === undefined ? {} : { between: parseTimeOfDay(time) };
  const isSet = Object.keys(rates).length > 0;
  if (isCleared && isSet)
    throw new UsageError('--clear takes limits away; leave --up and --down out');
  if (time !== undefined && !isCleared && !isSet)
    throw new UsageError('say what holds at that time: --up RATE, --down RATE');
  const report = isCleared
    ? await engine.changeLimit({ scope, ...between, isCleared })
    : isSet
      ? await engine.changeLimit({ scope, ...between, ...rates })
      : await engine.limits();
  out.result(report, limitLines(report));
}

function scopeOf(given: Given): LimitScope {
  const { group } = given.args;
  const [isLan, isWan] = [isSwitchedOn(given, 'lan'), isSwitchedOn(given, 'wan')];
  if (isLan && isWan)
    throw new UsageError('--lan and --wan together are all; say one of them, or leave both out');
  if (group === undefined) return { kind: isLan ? 'lan' : isWan ? 'wan' : 'all' };
  if (isLan || isWan)
    throw new UsageError('a limit is for a group, or for one side of your network (--lan, --wan)');
  return { kind: 'group', groupId: checkName('group', group) };
}

function rateOf(given: Given, name: 'up' | 'down'): { up?: LimitedTo; down?: LimitedTo } {
  const text = textOption(given, name);
  return text === undefined ? {} : { [name]: text === 'none' ? 'none' : parseRate(text) };
}

/** `08:00-18:00`, also past midnight. */
function parseTimeOfDay(text: string): TimeOfDay {
  const [from, to, ...more] = text.split('-').map(minuteOf);
  if (from !== undefined && to !== undefined && more.length === 0) return { from, to };
  throw new UsageError(`"${display(text, 64)}" is no time of day; write it like 08:00-18:00`);
}

function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  const minute = 60 * Number(hours) + Number(minutes);
  return Number(minutes) < 60 && minute <= 24 * 60 ? minute : undefined;
}
