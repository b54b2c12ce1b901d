/** `devices`: where the user is or was logged in, a row each. */
import type { CommandContext } from '../cli/command.js';
import { formatTime } from '../terminal/quantities.js';

export async function run({ engine, out }: CommandContext): Promise<void> {
  const devices = await engine.devices();
  out.list(
    [{ name: 'device' }, { name: 'first seen' }, { name: 'last seen' }, { name: 'state' }],
    devices.map(({ deviceId, firstSeenAtMs, lastSeenAtMs, isLoggedIn, isThis }) => [
      deviceId,
      formatTime(firstSeenAtMs),
      formatTime(lastSeenAtMs),
      isThis ? 'this device' : isLoggedIn ? 'logged in' : 'logged out',
    ]),
    'no device is known',
    { devices },
  );
}
