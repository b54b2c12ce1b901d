/** `create_user`: creates an account on the tracker. It does not log in. */
import { checkNewId, checkPassword } from '../../net/names.js';
import { argument, formOf, textOption, type CommandContext, type Given } from '../cli/command.js';
import { spoken } from '../cli/command-table.js';
import { quoteShellWord } from '../terminal/shell-words.js';
import { passwordText } from '../terminal/password-text.js';
import { trackerOf } from './tracker-option.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const userId = checkNewId('user', argument(given, 'user'));
  const password = checkPassword(passwordText(argument(given, 'password')));
  const invite = textOption(given, 'invite');
  const invited = invite === undefined ? {} : { invite };
  const login = spoken('login', formOf(context));
  await engine.createUser({ ...trackerOf(given), userId, password, ...invited });
  out.result({ userId }, [
    `created user ${userId}; log in with ${login} ${quoteShellWord(userId)}`,
  ]);
}
