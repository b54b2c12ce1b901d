/** `devices`: where the user is or was logged in, a row each. */
import type { CommandContext } from '../cli/command.js';

export async function run({ engine, out }: CommandContext): Promise<void> {
  const devices = await engine.devices();
  out.list(
    [{ name: 'device' }, { name: 'first seen' }, { name: 'last seen' }, { name: 'state' }],
    devices.map(({ deviceId, firstSeenAtMs, lastSeenAtMs, isLoggedIn, isThis }) => [
      deviceId,
      timeText(firstSeenAtMs),
      timeText(lastSeenAtMs),
      isThis ? 'this device' : isLoggedIn ? 'logged in' : 'logged out',
    ]),
  );
}

/** To the second, in UTC: sorted as text it is sorted by time. */
function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
