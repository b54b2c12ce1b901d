/** The word that stands for files or folders of a group, a name or a pattern; a folder may end with a slash. */
import { checkName } from '../../net/names.js';
import { plainWord } from './name-pattern.js';

/** @throws UsageError */
export function fileWord(word: string): string {
  const name = word.length > 1 && word.endsWith('/') ? word.slice(0, -1) : word;
  checkName('file', plainWord(name));
  return name;
}
