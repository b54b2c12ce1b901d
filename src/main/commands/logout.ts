/** `logout`: ends the session; nothing of the user is served until the next login. */
import type { CommandContext } from '../cli/command.js';

export async function run({ engine, out }: CommandContext): Promise<void> {
  await engine.logout();
  out.result({}, ['logged out; nothing is shared until the next login']);
}
