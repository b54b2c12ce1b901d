/**
 * SIGHUP has a client that stays read again what its home keeps of how it is to be: its limits, and the files of
 * settings, of which rates hold at once and the rest with the next start. Of a process that somebody sits at it says
 * instead that the terminal is gone, and ends it. Owns its handler of the signal.
 */
import { crashOnBug, detach } from '../../net/detach.js';
import { P2pError } from '../../net/errors.js';
import type { Engine } from '../api/engine.js';
import type { Given } from '../cli/command.js';
import { ratesOf } from '../cli/engine-options.js';
import type { ProcessContext } from '../cli/process-context.js';
import { holdingLines } from '../terminal/limit-lines.js';
import { changedSettings } from './changed-settings.js';

type Rereader = Pick<Engine, 'rereadLimits'>;
type Context = Pick<ProcessContext, 'out' | 'signal' | 'rereadSettings'>;

/** Options that an engine takes while it runs. */
const RATES: ReadonlySet<string> = new Set(['up', 'down', 'lan-limit']);

/** Answers how to hear no more of it. `given` is what the client was started with. */
export function rereadOnHangUp(engine: Rereader, context: Context, given: Given): () => void {
  let held = given;
  let reading = Promise.resolve();
  const onHangUp = (): void => {
    // Who watches the signals of this process hears of them first.
    if (context.signal.aborted) return;
    reading = reading.then(async () => {
      held = await reread(engine, context, held);
    });
    detach(() => reading, crashOnBug);
  };
  process.on('SIGHUP', onHangUp);
  return () => process.off('SIGHUP', onHangUp);
}

/** Answers what holds from now on. */
async function reread(
  engine: Rereader,
  { out, rereadSettings }: Context,
  held: Given,
): Promise<Given> {
  try {
    const given = await rereadSettings();
    const changed = changedSettings(held, given);
    const hasRates = changed.some((name) => RATES.has(name));
    const { holding } = await engine.rereadLimits(hasRates ? ratesOf(given) : undefined);
    const limits = holding.length === 0 ? 'there are none' : holdingLines(holding).join('; ');
    out.note(`the limits were read again: ${limits}`);
    const later = changed.filter((name) => !RATES.has(name));
    if (later.length > 0) {
      out.note(`the next start has another ${later.join(', ')}, as the files of settings say`);
    }
    return given;
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    out.note(`the limits of before hold on: ${error.message}`);
    return held;
  }
}
