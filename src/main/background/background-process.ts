/**
 * A command of this program as a process of its own that has no terminal, so that none ends it. Owns that
 * process until it is ready; from then on nobody does, and `down` is how to end it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { fromWireError, toStorageError, TrackerError, type P2pError } from '../../net/errors.js';
import { inPackage } from '../../net/package-root.js';
import { untilAborted } from '../../net/until-aborted.js';
import { LOG_PATH_VARIABLE, TAKE_OVER_VARIABLE } from './launcher-channel.js';
import { decodeLauncherMessage } from './launcher-message.js';
import type { ReadyNews } from './supervisor.js';

const PROGRAM = inPackage('bin/p2p.js');

export interface BackgroundProcessOptions {
  /** The command and what is given to it. */
  readonly words: readonly string[];
  readonly logPath: string;
  /** It only goes on with what so many commands wait for. @default 0 */
  readonly takesOver?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ends it as long as it is not ready. */
  readonly signal: AbortSignal;
  /** Hears what it says meanwhile. */
  readonly onLine: (line: string) => void;
  /** Hears that there is such a process. */
  readonly onSpawned?: () => void;
}

/** How it went: it does its work, it waits for something first, or it has ended and said why. */
export type BackgroundStart =
  | { readonly kind: 'ready'; readonly pid: number; readonly news: ReadyNews }
  | { readonly kind: 'waiting'; readonly pid: number; readonly line: string }
  | { readonly kind: 'ended'; readonly status: number; readonly error: P2pError | undefined };

/** Starts it. @throws StorageError; the reason of `signal` */
export async function startInBackground(
  options: BackgroundProcessOptions,
): Promise<BackgroundStart> {
  const log = await openLog(options.logPath);
  try {
    const child = spawnApart(options, log.fd);
    child.once('spawn', () => options.onSpawned?.());
    try {
      return await untilAborted(options.signal, firstNews(child, options.onLine));
    } catch (error) {
      await endChild(child);
      throw error;
    } finally {
      if (child.connected) child.disconnect();
      child.unref();
    }
  } finally {
    await log.close();
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o600);
  } catch (error) {
    throw toStorageError(error, `cannot write ${path}`, 'create');
  }
}

/** Detached it leads a session of its own: closing a terminal hangs up those of the terminal's. */
function spawnApart(
  { words, logPath, env, cwd, takesOver = 0 }: BackgroundProcessOptions,
  log: number,
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...words], {
    cwd,
    env: {
      ...{ ...env, [LOG_PATH_VARIABLE]: logPath },
      ...(takesOver > 0 && { [TAKE_OVER_VARIABLE]: String(takesOver) }),
    },
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
}

async function firstNews(
  child: ChildProcess,
  onLine: (line: string) => void,
): Promise<BackgroundStart> {
  let error: P2pError | undefined;
  const news = new Promise<BackgroundStart>((resolve) => {
    child.on('message', (received) => {
      const message = decodeLauncherMessage(received);
      const pid = child.pid!;
      switch (message?.type) {
        case 'said':
          return onLine(message.line);
        case 'waiting':
          return resolve({ kind: 'waiting', pid, line: message.line });
        case 'ready':
          return resolve({ kind: 'ready', pid, news: message });
        case 'failed':
          error = fromWireError(message.error);
          return;
        case undefined:
          return;
      }
    });
  });
  // What it said last is read before the channel counts as closed.
  const silent = once(child, 'disconnect');
  const ended = once(child, 'exit').then(async ([status]) => {
    await silent;
    return { kind: 'ended', status: (status as number | null) ?? 1, error } as const;
  });
  silent.catch(() => undefined);
  // A start that failed is the failure; once there are news its end is nobody's business any more.
  ended.catch(() => undefined);
  return Promise.race([news, ended]).catch((error: unknown) => {
    throw toStorageError(error, 'cannot start a process in the background', 'read');
  });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill('SIGTERM');
  await closed;
}

/** Why one that has ended did: as it said itself, or that it did so without a word. */
export function whyEnded(
  { status, error }: BackgroundStart & { kind: 'ended' },
  logPath: string,
): P2pError {
  const silently = `it ended with status ${status} before it was ready; ${logPath} may say why`;
  return error ?? new TrackerError('INTERNAL', silently);
}
