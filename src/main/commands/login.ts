/** `login`: logs in; what the user shared from this home before is shared again. */
import { checkName, checkPassword } from '../../net/names.js';
import { argument, isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { passwordText } from '../terminal/password-text.js';
import { trackerOf } from './tracker-option.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out, isEngineStaying } = context;
  const userId = checkName('user', argument(given, 'user'));
  const login = isSwitchedOn(given, 'key')
    ? await engine.loginByKey({ ...trackerOf(given), userId })
    : await engine.login({
        ...trackerOf(given),
        userId,
        password: checkPassword(passwordText(argument(given, 'password'))),
      });
  for (const { groupId, name, reason } of login.skipped) {
    out.note(`not shared again: [${groupId}] ${name}: ${reason}`);
  }
  const skipped = login.skipped.map(({ name, ...rest }) => ({ fileName: name, ...rest }));
  out.result({ ...login, skipped }, [
    `logged in as ${login.userId}${restoredWords(login.restored, isEngineStaying)}`,
  ]);
}

function restoredWords(restored: number, isEngineStaying: boolean): string {
  if (restored === 0) return '';
  const files = restored === 1 ? '1 file' : `${restored} files`;
  return isEngineStaying ? `; sharing ${files} again` : `; p2p serve shares ${files} again`;
}
