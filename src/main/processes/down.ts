/**
 * `down`: ends what runs in the background for this home, with everything saved, and waits for that: also for one that
 * is closing already, which nobody can ask any more.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ExitStatus, StorageError, TrackerError, type P2pError } from '../../net/errors.js';
import { DOWN_WAIT_MS, HOME_LOCK_POLL_MS } from '../../net/limits.js';
import type { ProcessContext } from '../cli/process-context.js';
import { isGone } from '../control/halts.js';
import { askHolder, askToEnd } from '../control/holder.js';
import { tellIfSlow } from '../control/tell-if-slow.js';
import { isHomeFree } from '../home/home-lock.js';
import { openHome, type Home } from '../home/home.js';

export async function run({ environment, out, signal }: ProcessContext): Promise<number> {
  const home = await openHome(environment.env, { isMade: false });
  const late = AbortSignal.timeout(DOWN_WAIT_MS);
  /** Of the process that was asked to end. */
  let asked: number | undefined;
  const end = async (): Promise<void> => {
    while (!(await isOver(home, asked))) {
      const holder = await askHolder(home);
      if (holder !== undefined && asked === undefined) {
        if (!holder.isInBackground) throw notOurs(holder.pid);
        asked = holder.pid;
        await askToEnd(home);
      }
      if (signal.aborted) throw signal.reason as P2pError;
      if (late.aborted) throw asked === undefined ? staysInUse(home) : doesNotEnd(asked);
      await delay(HOME_LOCK_POLL_MS);
    }
  };
  await tellIfSlow(end(), () =>
    out.note(
      asked === undefined
        ? 'another process uses this home; waiting for it to end'
        : `waiting for what runs in the background (pid ${asked}) to save everything and end`,
    ),
  );
  if (asked === undefined) out.result({ isEnded: false }, ['nothing runs in the background']);
  else
    out.result({ isEnded: true, pid: asked }, [
      `what ran in the background has ended (pid ${asked})`,
    ]);
  return ExitStatus.ok;
}

/** Who was asked has ended, and the home is free for the next, or somebody else's already. */
async function isOver(home: Home, asked: number | undefined): Promise<boolean> {
  return asked === undefined ? isHomeFree(home) : isGone(asked);
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

function staysInUse({ path }: Home): StorageError {
  return new StorageError(
    'HOME_IN_USE',
    `the home folder ${path} is in use by a process that answers nobody; wait for it, and run p2p down again`,
  );
}
