/**
 * systemd, where it started this process as a service of Type=notify: hears through `systemd-notify` that the
 * service is ready, and again and again that its main thread still turns. Owns the timer of that. Node has no
 * datagrams on Unix sockets, and one small process in a minute is no price for doing without an addon.
 */
import { spawn } from 'node:child_process';
import type { ReadyNews, Supervisor } from './supervisor.js';

type Env = Readonly<Record<string, string | undefined>>;

const MICROSECONDS_PER_MS = 1_000;

/** Undefined in a process that systemd does not wait for. */
export function systemdSupervisor(
  env: Env,
  pid: number,
  notify: (words: readonly string[]) => void = runSystemdNotify,
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

function runSystemdNotify(words: readonly string[]): void {
  const child = spawn('systemd-notify', [...words], { stdio: 'ignore' });
  // Without it the service manager says that the service is not ready, and why is in its own hands.
  child.on('error', () => undefined);
  child.unref();
}
