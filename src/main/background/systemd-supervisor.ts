/**
 * systemd, where it started this process as a service of Type=notify: hears through `systemd-notify` that the
 * service is ready, and again and again that its main thread still turns. Owns the timer of that. Node has no
 * datagrams on Unix sockets, and one small process in a minute is no price for doing without an addon.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { ReadyNews, Supervisor } from './supervisor.js';

type Env = Readonly<Record<string, string | undefined>>;

const MICROSECONDS_PER_MS = 1_000;

/** Undefined in a process that systemd does not wait for. */
export function systemdSupervisor(
  env: Env,
  pid: number,
  notify: (words: readonly string[]) => void = (words) => runSystemdNotify(words),
): Supervisor | undefined {
  if (!env['NOTIFY_SOCKET']) return undefined;
  const periodMs = watchdogMs(env, pid);
  let timer: NodeJS.Timeout | undefined;
  const tell = (line: string): void => {
    notify(['--ready', `--status=${line}`]);
    if (periodMs === undefined) return;
    timer ??= setInterval(() => notify(['WATCHDOG=1']), periodMs / 2).unref();
  };
  return {
    isInBackground: false,
    takesOver: 0,
    ready: ({ line }: ReadyNews) => tell(line),
    // It is no failure of the service that its tracker is away.
    waiting: tell,
    // The exit status says that it failed, and the journal why.
    failed: () => undefined,
  };
}

/** How often it wants to hear from this process; undefined when it does not. */
function watchdogMs(env: Env, pid: number): number | undefined {
  const isForOther = env['WATCHDOG_PID'] !== undefined && env['WATCHDOG_PID'] !== String(pid);
  const periodMs = Number(env['WATCHDOG_USEC']) / MICROSECONDS_PER_MS;
  return isForOther || !(periodMs > 0) ? undefined : periodMs;
}

/**
 * Without it the service manager says that the service is not ready, and why is in its own hands. A machine that
 * has no memory for a process at this moment says so at once, and may have it at the next beat.
 */
export function runSystemdNotify(
  words: readonly string[],
  start: (program: string, words: string[], options: { stdio: 'ignore' }) => ChildProcess = spawn,
): void {
  try {
    const child = start('systemd-notify', [...words], { stdio: 'ignore' });
    child.on('error', () => undefined);
    child.unref();
  } catch {
    // The same as a start that fails later.
  }
}
