/**
 * SIGINT, SIGTERM and SIGHUP as one AbortSignal. The first asks everything to close with what
 * it has; a second SIGINT, if it is no echo, ends the process at once, for whoever does not want to wait.
 */
import { CancelledError, ExitStatus } from '../../net/errors.js';

/**
 * A signal that comes again this soon is the same one: `timeout` and npm send it to the process
 * and to its group as well.
 */
const SAME_SIGNAL_MS = 300;

/** The signals of this process while a command runs. */
export interface SignalWatch {
  /** Aborted by the first signal; its reason says which, as the error to end with. */
  readonly signal: AbortSignal;
  /** Aborts as a signal would: when nobody reads the output any more. */
  abort(reason: CancelledError): void;
  /** Gives the signals back to Node. */
  close(): void;
}

/** Watches the signals of this process until `close`. */
export function watchSignals(): SignalWatch {
  const controller = new AbortController();
  let interruptedAtMs: number | undefined;
  const onInterrupt = (): void => {
    const nowMs = performance.now();
    interruptedAtMs ??= nowMs;
    const isAgain = nowMs - interruptedAtMs > SAME_SIGNAL_MS;
    if (isAgain) process.exit(ExitStatus.interrupted);
    controller.abort(new CancelledError('interrupted', 'INTERRUPTED'));
  };
  const onTerminate = (): void => controller.abort(new CancelledError('terminated', 'TERMINATED'));
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    close: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
      process.off('SIGHUP', onTerminate);
    },
  };
}
