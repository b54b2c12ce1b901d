/** The name that a word means which stands for a file or a folder of a group; a folder may end with a slash. */
import { checkName } from '../../net/names.js';

/** @throws UsageError */
export function fileWord(word: string): string {
  return checkName('file', word.length > 1 && word.endsWith('/') ? word.slice(0, -1) : word);
}
