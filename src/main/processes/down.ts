/** `down`: ends what runs in the background for this home, with everything saved, and waits for that. */
import { ExitStatus, StorageError, TrackerError, type P2pError } from '../../net/errors.js';
import { DOWN_WAIT_MS } from '../../net/limits.js';
import type { ProcessContext } from '../cli/process-context.js';
import { askHolder, whenGone } from '../control/holder.js';
import { openHome } from '../home/home.js';

export async function run({ environment, out, signal }: ProcessContext): Promise<number> {
  const home = await openHome(environment.env, { isMade: false });
  const holder = await askHolder(home);
  if (holder === undefined) {
    out.result({ isEnded: false }, ['nothing runs in the background']);
    return ExitStatus.ok;
  }
  const { pid, isInBackground } = holder;
  if (!isInBackground) throw notOurs(pid);
  process.kill(pid, 'SIGTERM');
  const late = AbortSignal.timeout(DOWN_WAIT_MS);
  if (!(await whenGone(pid, AbortSignal.any([signal, late])))) {
    if (signal.aborted) throw signal.reason as P2pError;
    throw doesNotEnd(pid);
  }
  out.result({ isEnded: true, pid }, [`what ran in the background has ended (pid ${pid})`]);
  return ExitStatus.ok;
}

function notOurs(pid: number): StorageError {
  return new StorageError(
    'HOME_IN_USE',
    `what runs for this home (pid ${pid}) was not put into the background; Ctrl-C where it runs ends it, and so does kill ${pid}`,
  );
}

function doesNotEnd(pid: number): TrackerError {
  return new TrackerError(
    'TIMEOUT',
    `what runs in the background (pid ${pid}) has not ended within ${DOWN_WAIT_MS / 1000} s; kill -9 ${pid} ends it, and what is verified stays`,
  );
}
