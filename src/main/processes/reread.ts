/**
 * SIGHUP has a client that stays read again what its home keeps of how it is to be: its limits. Of a process that
 * somebody sits at it says instead that the terminal is gone, and ends it. Owns its handler of the signal.
 */
import { crashOnBug, detach } from '../../net/detach.js';
import { P2pError } from '../../net/errors.js';
import type { Engine } from '../api/engine.js';
import type { ProcessContext } from '../cli/process-context.js';
import { holdingLines } from '../terminal/limit-lines.js';

/** Answers how to hear no more of it. */
export function rereadOnHangUp(
  engine: Pick<Engine, 'rereadLimits'>,
  { out, signal }: Pick<ProcessContext, 'out' | 'signal'>,
): () => void {
  const onHangUp = (): void => {
    // Who watches the signals of this process hears of them first.
    if (!signal.aborted) detach(() => reread(engine, out), crashOnBug);
  };
  process.on('SIGHUP', onHangUp);
  return () => process.off('SIGHUP', onHangUp);
}

async function reread(
  engine: Pick<Engine, 'rereadLimits'>,
  out: ProcessContext['out'],
): Promise<void> {
  try {
    const { holding } = await engine.rereadLimits();
    const limits = holding.length === 0 ? 'there are none' : holdingLines(holding).join('; ');
    out.note(`the limits were read again: ${limits}`);
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    out.note(`the limits of before hold on: ${error.message}`);
  }
}
