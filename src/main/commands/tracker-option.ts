/** The `--tracker` of commands that may name one. */
import type { PeerAddress } from '../../net/tracker-api.js';
import { type Given, textOption } from '../cli/command.js';
import { parseTracker } from '../terminal/tracker-address.js';

/** The tracker that was named; nothing when the engine knows where to find it. */
export function trackerOf(given: Given): { tracker?: PeerAddress } {
  const text = textOption(given, 'tracker');
  return text === undefined ? {} : { tracker: parseTracker(text) };
}
