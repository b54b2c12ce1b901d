/**
 * SIGINT, SIGTERM and SIGHUP as one AbortSignal. The first asks everything to close with what
 * it has; a second SIGINT, if it is no echo, ends the process at once, for whoever does not want to wait, and so
 * does a while after SIGTERM.
 *
 * SIGHUP says that a terminal has been closed. Node undoes what `nohup` set before it started us, so a process
 * none of whose streams is a terminal does not end by it; whoever can read something again does that then.
 */
import { CancelledError, ExitStatus } from '../../net/errors.js';
import { END_WITHIN_MS } from '../../net/limits.js';

/**
 * A signal that comes again this soon is the same one: `timeout` and npm send it to the process
 * and to its group as well.
 */
const SAME_SIGNAL_MS = 300;

/** The signals of this process while a command runs. */
export interface SignalWatch {
  /** Aborted by the first signal; its reason says which, as the error to end with. */
  readonly signal: AbortSignal;
  /** True once the terminal has been closed. */
  readonly isHungUp: boolean;
  /** Gives the signals back to Node. */
  close(): void;
}

export interface SignalWatchOptions {
  readonly hasTerminal: boolean;
  /** Ends a process that has not closed END_WITHIN_MS after SIGTERM. @default endNow */
  readonly onLate?: () => void;
  /** @default END_WITHIN_MS */
  readonly endWithinMs?: number;
}

/** What has to survive a kill does: the rest is not worth waiting for. */
function endNow(): void {
  process.exit(ExitStatus.terminated);
}

/** Watches the signals of this process until `close`. */
export function watchSignals({
  hasTerminal,
  onLate = endNow,
  endWithinMs = END_WITHIN_MS,
}: SignalWatchOptions): SignalWatch {
  const controller = new AbortController();
  let interruptedAtMs: number | undefined;
  let isHungUp = false;
  const onInterrupt = (): void => {
    const nowMs = performance.now();
    interruptedAtMs ??= nowMs;
    const isAgain = nowMs - interruptedAtMs > SAME_SIGNAL_MS;
    if (isAgain) process.exit(ExitStatus.interrupted);
    controller.abort(new CancelledError('interrupted', 'INTERRUPTED'));
  };
  let lateTimer: NodeJS.Timeout | undefined;
  const onTerminate = (): void => {
    // Whoever sends it waits for the end, and kills what takes longer.
    lateTimer ??= setTimeout(onLate, endWithinMs).unref();
    controller.abort(new CancelledError('terminated', 'TERMINATED'));
  };
  const onHangUp = (): void => {
    if (!hasTerminal) return;
    isHungUp = true;
    // Whoever else listens for the end of this process, the tracker for one, has to hear of it.
    process.emit('SIGTERM', 'SIGTERM');
  };
  const handlers = [
    ['SIGINT', onInterrupt],
    ['SIGTERM', onTerminate],
    ['SIGHUP', onHangUp],
  ] as const;
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    get isHungUp() {
      return isHungUp;
    },
    close: () => {
      clearTimeout(lateTimer);
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}

/**
 * Makes this process end by SIGHUP, once everything is closed. Node's own last act is to set the terminal
 * as it was, and it aborts, with a core dump, when there is none any more.
 */
export function endByHangUp(): void {
  process.once('exit', () => {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  });
}
