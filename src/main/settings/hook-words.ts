/**
 * The words of a hook, the command that the user has run when something happens. No shell ever reads it: a text is cut
 * into words by the rules of the interactive client, and nothing that comes from others is put into it. Pure.
 */
import { isAbsolute } from 'node:path';
import { UsageError } from '../../net/errors.js';
import { MAX_HOOK_BYTES } from '../../net/limits.js';
import { quoteShellWord, splitShellWords } from '../terminal/shell-words.js';

/** The program and what is given to it; undefined for a text without a word, which means that nothing is run. */
export function hookWords(text: string): readonly [string, ...string[]] | undefined {
  if (Buffer.byteLength(text) > MAX_HOOK_BYTES)
    throw new UsageError(`the command is longer than ${MAX_HOOK_BYTES} bytes; put it into a file`);
  if (text.includes('\0')) throw new UsageError('a command holds no zero byte');
  const [program, ...words] = splitShellWords(text);
  if (program === undefined) return undefined;
  if (program === '') throw new UsageError('the program of the command is an empty word');
  return [program, ...words];
}

/**
 * The same of a file of settings: there a relative path would be another program in each folder in which a
 * command is typed, one that somebody else has put there included.
 */
export function hookWordsOfFile(text: string): readonly [string, ...string[]] | undefined {
  const words = hookWords(text);
  const program = words?.[0];
  if (program !== undefined && /[/\\]/.test(program) && !isAbsolute(program))
    throw new UsageError('the program is relative; write its path from / on, or its name alone');
  return words;
}

/** Words as the text that gives them back. */
export function hookText(words: readonly string[]): string {
  return words.map(quoteShellWord).join(' ');
}
