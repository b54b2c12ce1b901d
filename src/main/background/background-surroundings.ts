/**
 * What a process finds around itself that a command has put into the background: the log in place of a terminal,
 * and the command that waits to hear of it.
 */
import { BackgroundLog } from './background-log.js';
import {
  LauncherChannel,
  LOG_PATH_VARIABLE,
  TAKE_OVER_VARIABLE,
  type ParentChannel,
} from './launcher-channel.js';
import type { Supervisor } from './supervisor.js';

/** The log is its standard error. */
const LOG_FD = 2;

export interface BackgroundSurroundings {
  readonly log: BackgroundLog;
  readonly supervisor: Supervisor;
}

/**
 * Undefined in a process that nobody has put there. Processes that this one starts are not in the background
 * by themselves: the mark is taken off `env`.
 */
export function backgroundSurroundings(
  env: Record<string, string | undefined>,
  parent: ParentChannel,
): BackgroundSurroundings | undefined {
  const path = env[LOG_PATH_VARIABLE];
  if (path === undefined) return undefined;
  delete env[LOG_PATH_VARIABLE];
  const takesOver = Number(env[TAKE_OVER_VARIABLE] ?? 0);
  delete env[TAKE_OVER_VARIABLE];
  const supervisor = new LauncherChannel(parent, takesOver);
  const onLine = (line: string): void => supervisor.said(line);
  return {
    log: new BackgroundLog({ fd: LOG_FD, path, now: () => new Date(), onLine }),
    supervisor,
  };
}
