/** `up`: `serve` in the background. Returns once it serves, waits for its tracker, or has ended. */
import { ExitStatus, StorageError } from '../../net/errors.js';
import { startInBackground, whyEnded } from '../background/background-process.js';
import type { Given } from '../cli/command.js';
import { loudnessWords, wordsOf } from '../cli/given-words.js';
import type { ProcessContext } from '../cli/process-context.js';
import { askHolder, askToMakeRoom, whenGone, type Holder } from '../control/holder.js';
import { tellIfClientSlow } from '../control/slow-client.js';
import { tellIfSlow } from '../control/tell-if-slow.js';
import { openHome } from '../home/home.js';

const WHAT_NEXT = 'p2p log shows what it says, p2p down ends it';

export async function run(
  { environment, out, signal, loudness }: ProcessContext,
  given: Given,
): Promise<number> {
  const { env, cwd } = environment;
  const home = await openHome(env);
  const holder = await tellIfClientSlow(askHolder(home), (line) => out.note(line));
  if (holder?.isEngineStaying === false && !holder.isInBackground) throw usedByCommand(holder);
  if (holder?.isEngineStaying === true) {
    const { pid, isInBackground } = holder;
    const where = isInBackground
      ? 'in the background already'
      : 'already, but not in the background';
    const line = `a client runs for this home ${where} (pid ${pid})`;
    out.result({ pid, isInBackground, isNew: false }, [line]);
    return ExitStatus.ok;
  }
  if (holder?.isInBackground === true) {
    // It goes on with what others wait for; from now on this one does.
    await askToMakeRoom(home);
    await tellIfSlow(whenGone(holder.pid, signal), () =>
      out.note(`waiting for what went on in the background (pid ${holder.pid}) to make room`),
    );
  }
  const starting = startInBackground({
    ...{
      words: ['serve', ...loudnessWords(loudness), ...wordsOf(given)],
      logPath: home.logPath,
      env,
      cwd,
      signal,
    },
    onLine: (line) => out.note(line),
  });
  const start = await tellIfSlow(starting, () => {
    if (out.hasSpoken !== true) out.note('waiting for the client in the background to begin');
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

/** It ends by itself, and would keep the home from what is to stay. */
function usedByCommand({ pid }: Holder): StorageError {
  return new StorageError(
    'HOME_IN_USE',
    `another command uses this home (pid ${pid}); run p2p up again when it is done`,
  );
}
