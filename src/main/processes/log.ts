/**
 * `log`: what the engine of this home in the background says; with `--follow` until stopped, or until a line comes
 * that nobody reads any more: Node hears of a pipe without a reader only when it writes. What is begun in the background later is followed too, and it is said when nothing runs there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ExitStatus, P2pError, TrackerError } from '../../net/errors.js';
import { LOG_LOOK_INTERVAL_MS, LOG_WRITER_LOOKS, MAX_LOG_LINES } from '../../net/limits.js';
import { LogReader } from '../background/log-reader.js';
import { isSwitchedOn, textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { askHolder } from '../control/holder.js';
import { openHome, type Home } from '../home/home.js';
import { parseCount } from '../terminal/quantities.js';
import { shownLine } from '../terminal/shown-line.js';

const DEFAULT_LINES = '50';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out } = context;
  const words = textOption(given, 'lines') ?? DEFAULT_LINES;
  const count = parseCount(words, 'a number of lines', 0, MAX_LOG_LINES);
  const home = await openHome(environment.env, { isMade: false });
  const reader = new LogReader(home.logPath);
  const last = await reader.last(count);
  if (last === undefined) out.note('nothing has run in the background yet; p2p up begins that');
  const lines = (last ?? []).map(shownLine);
  if (!isSwitchedOn(given, 'follow')) {
    out.result({ lines }, lines);
    return ExitStatus.ok;
  }
  say(lines, context);
  await follow(reader, home, context, last !== undefined);
  return ExitStatus.ok;
}

function say(lines: readonly string[], { out }: ProcessContext): void {
  if (lines.length > 0) out.ready({ lines }, lines);
}

/** `isExpected`: something has run there, so that it is worth a word when nothing does. */
async function follow(
  reader: LogReader,
  home: Home,
  context: ProcessContext,
  isExpected: boolean,
): Promise<void> {
  const { out, signal, readerGone } = context;
  const enough = AbortSignal.any([signal, readerGone]);
  let wasThere = isExpected;
  for (let looks = 0; !enough.aborted; looks++) {
    say((await reader.more()).map(shownLine), context);
    if (looks % LOG_WRITER_LOOKS === 0) {
      const isThere = await runsInBackground(home);
      if (wasThere && !isThere)
        out.note('nothing runs in the background now; what is begun there later is followed');
      wasThere = isThere;
    }
    await delay(LOG_LOOK_INTERVAL_MS, undefined, { signal: enough }).catch(() => undefined);
  }
  if (signal.reason instanceof TrackerError && signal.reason.code === 'TIMEOUT')
    throw signal.reason;
}

/** What is halted, or does not answer, is there. */
async function runsInBackground(home: Home): Promise<boolean> {
  try {
    return (await askHolder(home))?.isInBackground === true;
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    return true;
  }
}
