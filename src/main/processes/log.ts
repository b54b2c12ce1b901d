/** `log`: what the engine of this home in the background says; with `--follow` until stopped, or nobody reads it any more. */
import { setTimeout as delay } from 'node:timers/promises';
import { ExitStatus } from '../../net/errors.js';
import { LOG_LOOK_INTERVAL_MS, MAX_LOG_LINES } from '../../net/limits.js';
import { LogReader } from '../background/log-reader.js';
import { isSwitchedOn, textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { openHome } from '../home/home.js';
import { parseCount } from '../terminal/quantities.js';

const DEFAULT_LINES = '50';

export async function run(
  { environment, out, signal, readerGone }: ProcessContext,
  given: Given,
): Promise<number> {
  const words = textOption(given, 'lines') ?? DEFAULT_LINES;
  const count = parseCount(words, 'a number of lines', 0, MAX_LOG_LINES);
  const isFollowed = isSwitchedOn(given, 'follow');
  const { logPath } = await openHome(environment.env, { isMade: false });
  const reader = new LogReader(logPath);
  const last = await reader.last(count);
  if (last === undefined) out.note('nothing has run in the background yet; p2p up begins that');
  const say = (lines: readonly string[]): void => {
    if (lines.length > 0) out.result(lines, lines);
  };
  if (isFollowed) say(last ?? []);
  else out.result(last ?? [], last ?? []);
  const enough = AbortSignal.any([signal, readerGone]);
  while (isFollowed && !enough.aborted) {
    await delay(LOG_LOOK_INTERVAL_MS, undefined, { signal: enough }).catch(() => undefined);
    say(await reader.more());
  }
  return ExitStatus.ok;
}
