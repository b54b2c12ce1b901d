/**
 * Patterns for the names of files, as a shell has them: `*` is any text, `?` one character, `[a-z]` one
 * of these, `[!a-z]` any other; behind a backslash each of these signs is itself, and no name has a backslash. A dot that
 * begins a name is only matched by a dot. Pure; takes no more steps than the pattern has signs times the characters of
 * the name.
 */

const ESCAPED = /\\([*?[\]])/g;

/** What one character of a name may be; `any` text is of any length. */
type Sign =
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'letter'; readonly letter: string }
  | { readonly kind: 'set'; readonly isExcluding: boolean; readonly ranges: readonly Range[] };

type Range = readonly [from: string, to: string];

/** True when a word can mean another name than it is itself. */
export function isPattern(word: string): boolean {
  return plainWord(word) !== word || signsOf(word).some(({ kind }) => kind !== 'letter');
}

/** The word without the backslashes that make its signs letters: `*` for `\*`. */
export function plainWord(word: string): string {
  return word.replace(ESCAPED, '$1');
}

/** The one name that a pattern can mean, because all its signs are letters; undefined where it can mean others. */
export function onlyName(word: string): string | undefined {
  return signsOf(word).every(({ kind }) => kind === 'letter') ? plainWord(word) : undefined;
}

/** A pattern, ready to be held against many names. */
export function patternMatcher(pattern: string): (name: string) => boolean {
  const signs = signsOf(pattern);
  const first = signs[0];
  const takesDot = first?.kind === 'letter' && first.letter === '.';
  return (name) => (takesDot || !name.startsWith('.')) && matches(signs, [...name]);
}

/** After each `any` the shortest text is tried first, and only the last one is ever lengthened. */
function matches(signs: readonly Sign[], letters: readonly string[]): boolean {
  let [sign, letter] = [0, 0];
  let again: { readonly sign: number; letter: number } | undefined;
  while (letter < letters.length) {
    const next = signs[sign];
    if (next?.kind === 'any') {
      again = { sign: sign + 1, letter };
      sign++;
    } else if (next !== undefined && fits(next, letters[letter]!)) {
      sign++;
      letter++;
    } else if (again !== undefined) {
      again.letter++;
      ({ sign, letter } = again);
    } else return false;
  }
  return signs.slice(sign).every(({ kind }) => kind === 'any');
}

function fits(sign: Exclude<Sign, { kind: 'any' }>, letter: string): boolean {
  switch (sign.kind) {
    case 'one':
      return true;
    case 'letter':
      return sign.letter === letter;
    case 'set': {
      const code = letter.codePointAt(0)!;
      const isIn = sign.ranges.some(
        ([from, to]) => from.codePointAt(0)! <= code && code <= to.codePointAt(0)!,
      );
      return isIn !== sign.isExcluding;
    }
  }
}

function signsOf(pattern: string): Sign[] {
  const letters = [...pattern];
  const signs: Sign[] = [];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    const next = letters[at + 1];
    if (letter === '\\' && next !== undefined && plainWord(letter + next) === next) {
      signs.push({ kind: 'letter', letter: next });
      at++;
      continue;
    }
    const set = letter === '[' ? setAt(letters, at) : undefined;
    if (set !== undefined) {
      signs.push(set.sign);
      at = set.end;
    } else if (letter === '*') signs.push({ kind: 'any' });
    else if (letter === '?') signs.push({ kind: 'one' });
    else signs.push({ kind: 'letter', letter });
  }
  return signs;
}

/** The set that begins at a bracket, and where it ends; a bracket that nothing closes is a letter. */
function setAt(letters: readonly string[], at: number): { sign: Sign; end: number } | undefined {
  const isExcluding = letters[at + 1] === '!' || letters[at + 1] === '^';
  const start = at + (isExcluding ? 2 : 1);
  // A bracket that closes is one of the set where it comes first.
  const end = letters.indexOf(']', start + 1);
  if (end === -1) return undefined;
  const ranges: Range[] = [];
  for (let index = start; index < end; index++) {
    const from = letters[index]!;
    const isRange = letters[index + 1] === '-' && index + 2 < end;
    ranges.push([from, isRange ? letters[index + 2]! : from]);
    if (isRange) index += 2;
  }
  return { sign: { kind: 'set', isExcluding, ranges }, end };
}
