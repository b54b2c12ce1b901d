/** `passwd`: changes the password; every login but the one here ends. */
import { checkPassword } from '../../net/names.js';
import { argument, isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { passwordText } from '../terminal/password-text.js';
import { newPassword, oldPassword } from '../cli/arguments.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const old = isSwitchedOn(given, 'first')
    ? {}
    : { oldPassword: checkPassword(passwordText(argument(given, oldPassword.name))) };
  await engine.changePassword({
    ...old,
    newPassword: checkPassword(passwordText(argument(given, newPassword.name))),
  });
  out.result({}, ['the password is changed; you are logged out on all other devices']);
}
