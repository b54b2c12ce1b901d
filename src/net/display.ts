/**
 * The one filter for everything from outside (names, error texts, addresses, codes) before it
 * reaches a terminal, a log line or a list. Pure. What it lets through moves no cursor, rings
 * no bell, starts no line and turns no writing direction.
 */

/** Escape, and the 8-bit forms of "escape [" (CSI) and of what opens a control string. */
const ESC = '\u001b';
const CSI = `(?:${ESC}\\[|\u009b)`;
const STRING_START = `(?:${ESC}[\\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])`;
/** What ends an escape of two or three bytes: anything that does not open a longer one. */
const FINAL = '[0-OQ-WYZ\\\\`-~]';
const STRING_END = `(?:\u0007|${ESC}\\\\|\u009c)`;

/**
 * The sequences of ECMA-48: CSI, control strings (OSC, DCS, SOS, PM, APC), two-byte escapes.
 * No body may contain what starts a sequence, so that matching takes linear time.
 */
const vtSequences = new RegExp(
  `${CSI}[0-?]*[ -/]*[@-~]|${STRING_START}\\P{Cc}*${STRING_END}|${ESC}[ -/]*${FINAL}`,
  'gu',
);

/** Controls, invisible format characters (bidi, zero width, BOM), line separators, surrogates. */
const unprintable = /^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]$/u;
const surrogate = /^\p{Cs}$/u;

/**
 * Makes text from outside safe to print on one line: removes terminal sequences, writes what
 * is invisible as `\u{..}`, and cuts at `maxLength` (UTF-16 units) with `…`.
 */
export function display(text: string, maxLength = 512): string {
  let shown = '';
  /** Where to cut if the text turns out too long: the last whole step that leaves room for `…`. */
  let cut = 0;
  for (const character of text.replace(vtSequences, '')) {
    shown += visible(character);
    if (shown.length > maxLength) return maxLength > 0 ? `${shown.slice(0, cut)}…` : '';
    if (shown.length < maxLength) cut = shown.length;
  }
  return shown;
}

function visible(character: string): string {
  if (!unprintable.test(character)) return character;
  if (surrogate.test(character)) return '�';
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
