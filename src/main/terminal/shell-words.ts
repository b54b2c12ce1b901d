/**
 * Cuts a line of the interactive client into words, as a shell does: blanks separate, single
 * quotes keep everything, double quotes keep everything but \" and \\, and outside quotes a
 * backslash keeps the next character. Pure; there are no variables, globs or comments.
 */
import { UsageError } from '../../net/errors.js';

/**
 * The words of a line; an empty pair of quotes is an empty word.
 * @throws UsageError when a quote is not closed or the line ends in a backslash
 */
export function splitShellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  while (index < line.length) {
    const char = line[index]!;
    if (char === ' ' || char === '\t' || char === '\r' || char === '\n') {
      if (word !== undefined) words.push(word);
      word = undefined;
      index += 1;
      continue;
    }
    const part = readPart(line, index);
    word = (word ?? '') + part.text;
    index = part.end;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** A quoted stretch, an escaped character or a plain one, and the index after it. */
function readPart(line: string, start: number): { text: string; end: number } {
  const char = line[start]!;
  if (char === "'") return readSingleQuoted(line, start);
  if (char === '"') return readDoubleQuoted(line, start);
  if (char !== '\\') return { text: char, end: start + 1 };
  const escaped = line[start + 1];
  if (escaped === undefined) {
    throw new UsageError('the line ends in a backslash; quote it or write it twice');
  }
  return { text: escaped, end: start + 2 };
}

function readSingleQuoted(line: string, start: number): { text: string; end: number } {
  const close = line.indexOf("'", start + 1);
  if (close === -1) throw notClosed("'");
  return { text: line.slice(start + 1, close), end: close + 1 };
}

function readDoubleQuoted(line: string, start: number): { text: string; end: number } {
  let text = '';
  for (let index = start + 1; index < line.length; index += 1) {
    const char = line[index]!;
    if (char === '"') return { text, end: index + 1 };
    const next = line[index + 1];
    const isEscape = char === '\\' && (next === '"' || next === '\\');
    if (isEscape) index += 1;
    text += isEscape ? next : char;
  }
  throw notClosed('"');
}

function notClosed(quote: string): UsageError {
  return new UsageError(`a quote (${quote}) is not closed; close it or write \\${quote}`);
}

/** Letters and digits of any script, and signs that mean nothing to any shell. */
const PLAIN_WORD = /^[\p{L}\p{M}\p{N}@%+:,./_-][\p{L}\p{M}\p{N}@%+:,./_=-]*$/u;

/**
 * A word as it must be typed so that splitShellWords gives it back, and so that a real shell, into
 * which somebody may copy it, does: all that could mean something there stands in single quotes.
 */
export function quoteShellWord(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The arguments of a command as they must be typed: none of them is taken for an option. */
export function quoteArguments(words: readonly string[]): string {
  const typed = words.map(quoteShellWord).join(' ');
  return words.some((word) => word.startsWith('-')) ? `-- ${typed}` : typed;
}
