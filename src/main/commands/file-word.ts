/** The word that stands for files or folders of a group, a name or a pattern; a folder may end with a slash. */
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { plainWord } from './name-pattern.js';

/** @throws UsageError */
export function fileWord(word: string): string {
  const name = word.length > 1 && word.endsWith('/') ? word.slice(0, -1) : word;
  const plain = plainWord(name);
  const [folder = '', ...inside] = plain.split('/');
  if (inside.length > 0 && folder !== '' && !inside.includes('')) throw isInside(plain, folder);
  checkName('file', plain);
  return name;
}

function isInside(path: string, folder: string): UsageError {
  const [shown, outer] = [display(path, 64), display(folder, 64)];
  return new UsageError(
    `"${shown}" lies in the folder "${outer}" and is not shared by itself; \`files\` with "${outer}/" lists what is in that, --only of \`download\` chooses among it`,
  );
}
