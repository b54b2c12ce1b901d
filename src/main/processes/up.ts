/** `up`: `serve` in the background. Returns once it serves, waits for its tracker, or has ended. */
import { ExitStatus, StorageError } from '../../net/errors.js';
import { startInBackground, whyEnded } from '../background/background-process.js';
import type { Given } from '../cli/command.js';
import { wordsOf } from '../cli/given-words.js';
import type { ProcessContext } from '../cli/process-context.js';
import { askHolder, type Holder } from '../control/holder.js';
import { openHome } from '../home/home.js';

const WHAT_NEXT = 'p2p log shows what it says, p2p down ends it';

export async function run(
  { environment, out, signal }: ProcessContext,
  given: Given,
): Promise<number> {
  const { env, cwd } = environment;
  const home = await openHome(env);
  const holder = await askHolder(home);
  if (holder?.isEngineStaying === false) throw usedByCommands(holder);
  if (holder !== undefined) {
    const { pid, isInBackground } = holder;
    const where = isInBackground
      ? 'in the background already'
      : 'already, but not in the background';
    const line = `a client runs for this home ${where} (pid ${pid})`;
    out.result({ pid, isInBackground, isNew: false }, [line]);
    return ExitStatus.ok;
  }
  const start = await startInBackground({
    ...{ words: ['serve', ...wordsOf(given, ['json'])], logPath: home.logPath, env, cwd, signal },
    onLine: (line) => out.note(line),
  });
  switch (start.kind) {
    case 'ended':
      throw whyEnded(start, home.logPath);
    case 'waiting':
      out.result({ pid: start.pid, isNew: true, waitsFor: start.line }, [
        `it goes on in the background (pid ${start.pid}); ${WHAT_NEXT}`,
      ]);
      return ExitStatus.ok;
    case 'ready':
      out.result({ ...start.news.value, pid: start.pid, isNew: true }, [
        `${start.news.line} in the background (pid ${start.pid}); ${WHAT_NEXT}`,
      ]);
      return ExitStatus.ok;
  }
}

/** It ends with the commands that use it, and would keep the home from what is to stay. */
function usedByCommands({ pid, isInBackground }: Holder): StorageError {
  return new StorageError(
    'HOME_IN_USE',
    isInBackground
      ? `what commands of other terminals wait for goes on in the background for this home (pid ${pid}); run p2p up again when it is done, or end it with p2p down`
      : `another command uses this home (pid ${pid}); run p2p up again when it is done`,
  );
}
