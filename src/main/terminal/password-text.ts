/**
 * What of a text is the password, whichever way it came: typed at a prompt or in the interactive client,
 * from standard input, the environment or a file. The same password must be the same bytes from a keyboard
 * that composes letters and one that does not (NFC, as RFC 8265 asks), and from editors that begin files with
 * a mark or end lines in two characters. Pure.
 */

const BYTE_ORDER_MARK = /^\ufeff/;

/** The first line, composed. */
export function passwordText(text: string): string {
  const [line = ''] = text.replace(BYTE_ORDER_MARK, '').split('\n', 1);
  return line.replace(/\r$/, '').normalize('NFC');
}
