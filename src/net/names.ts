/**
 * Which user ids, group ids, file names and passwords are allowed: checked at every door
 * (command line, tracker, control socket) and trusted inside. Nothing is changed, names are
 * compared exactly as given. A file name that passes is a single, safe path component. A new id has
 * to be more: nobody shall take it for another one. Ids that are there already are not asked again.
 */
import { display } from './display.js';
import { UsageError } from './errors.js';
import { MAX_NAME_BYTES, MAX_PASSWORD_BYTES } from './limits.js';

export type NameKind = 'user' | 'group' | 'file';

const titles = { user: 'user id', group: 'group id', file: 'file name' } as const;

/** Half of a surrogate pair: it has no UTF-8 form. */
const loneSurrogate = /\p{Cs}/u;
/** Controls, line separators and invisible characters, which make two ids look like one. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** The same but for the two joiners that emoji and several scripts need; allowed in file names only. */
const invisibleInFile = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;
/**
 * What shows nothing, or not the same everywhere: variation selectors and fillers, private and
 * unassigned characters, blanks that are no white space, stand-ins for what cannot be shown.
 */
const deceptive = /[\p{Default_Ignorable_Code_Point}\p{Co}\p{Cn}\u2800\ufffc\ufffd\u{1d159}]/u;
/** It would be drawn over what stands before the id. */
const leadingMark = /^\p{M}/u;
/** Every kind of white space: an id is one word on a command line. */
const whiteSpace = /\s/u;

/**
 * Checks a name from outside and gives it back unchanged.
 * @throws UsageError BAD_ARGUMENT saying what is allowed
 */
export function checkName(kind: NameKind, value: unknown): string {
  if (typeof value !== 'string') refuse(kind, '', 'it is missing');
  const flaw = flawOf(value) ?? (kind === 'file' ? flawOfFileName(value) : flawOfId(value));
  if (flaw !== undefined) refuse(kind, value, flaw);
  return value;
}

/**
 * Checks an id that is about to be made, and gives it back unchanged.
 * @throws UsageError BAD_ARGUMENT saying what is allowed
 */
export function checkNewId(kind: 'user' | 'group', value: unknown): string {
  const id = checkName(kind, value);
  const flaw = flawOfNewId(id);
  if (flaw !== undefined) refuse(kind, id, flaw);
  return id;
}

/**
 * Checks a password from outside and gives it back unchanged; its text is never repeated.
 * @throws UsageError BAD_ARGUMENT
 */
export function checkPassword(value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new UsageError('the password is empty; choose one of at least 1 character');
  }
  if (Buffer.byteLength(value) > MAX_PASSWORD_BYTES) {
    throw new UsageError(
      `the password is too long; choose one of at most ${MAX_PASSWORD_BYTES} bytes`,
    );
  }
  if (loneSurrogate.test(value)) {
    throw new UsageError('the password is not valid Unicode; type it again');
  }
  return value;
}

function flawOf(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(value) > MAX_NAME_BYTES) return `it is longer than ${MAX_NAME_BYTES} bytes`;
  if (loneSurrogate.test(value)) return 'it is not valid Unicode';
  return undefined;
}

function flawOfId(value: string): string | undefined {
  if (whiteSpace.test(value)) return 'it contains white space';
  if (invisible.test(value)) return 'it contains control or invisible characters';
  return undefined;
}

function flawOfNewId(value: string): string | undefined {
  if (deceptive.test(value)) return 'it contains characters that do not show';
  if (leadingMark.test(value)) return 'it begins with a mark that belongs to a letter';
  if (value.normalize('NFC') !== value) return 'its letters and marks are not composed (NFC)';
  return undefined;
}

function flawOfFileName(value: string): string | undefined {
  if (invisibleInFile.test(value)) {
    return 'it contains control or invisible characters';
  }
  if (value.trim() !== value) return 'it begins or ends with white space';
  if (value === '.' || value === '..') return 'it names a folder';
  // A backslash separates folders where some member may save the file.
  if (/[/\\]/.test(value)) return 'it contains a slash or backslash';
  return undefined;
}

function refuse(kind: NameKind, value: string, flaw: string): never {
  const shown = value === '' ? '' : ` "${display(value, 64)}"`;
  const allowed =
    kind === 'file'
      ? 'without slashes, control characters, or white space at either end'
      : 'without white space or control characters';
  throw new UsageError(
    `the ${titles[kind]}${shown} cannot be used: ${flaw}; ` +
      `choose 1 to ${MAX_NAME_BYTES} bytes of text ${allowed}`,
  );
}
