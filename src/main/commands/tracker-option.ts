/** The `--tracker` of commands that may name one, at one address or several. */
import { type Given, listOption } from '../cli/command.js';
import type { NamedTracker } from '../api/engine-api.js';
import { parseTrackers } from '../terminal/tracker-address.js';

/** The tracker that was named; nothing when the engine knows where to find it. @throws UsageError */
export function trackerOf(given: Given): NamedTracker {
  const [tracker, ...furtherTrackers] = parseTrackers(listOption(given, 'tracker'));
  if (tracker === undefined) return {};
  return { tracker, ...(furtherTrackers.length > 0 && { furtherTrackers }) };
}
