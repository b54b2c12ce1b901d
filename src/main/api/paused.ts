/** How a download ends that somebody has paused, whoever waits for it and wherever. */
import { CancelledError } from '../../net/errors.js';

/** The error of a download that was paused. */
export function paused(): CancelledError {
  return new CancelledError('the download was paused; `resume` goes on with it', 'PAUSED');
}
