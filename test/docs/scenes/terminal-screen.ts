/**
 * What a terminal shows of the bytes that came to it: lines that have scrolled away and the window below them. Pure.
 * It knows the sequences that p2p, readline and bash write, and refuses any other one by name.
 */

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** A sequence, or the beginning of one that has not come to its end. */
const ESCAPE =
  /^\u001b(?:\[([?>]?)([\d;]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|([78=>M])|\([0B])/;
const UNFINISHED = /^\u001b(?:\[[?>]?[\d;]*|\][^\u0007\u001b]*\u001b?|\()?$/;
/** Colours, the cursor, pasting, titles: nothing that moves text. */
const SILENT_MODES = new Set(['1', '12', '25', '2004']);

export class TerminalScreen {
  readonly #size: ScreenSize;
  /** All lines, those above the window too. */
  readonly #lines: string[][] = [[]];
  #top = 0;
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };
  #wraps = true;
  /** The start of a sequence whose rest comes with the next bytes. */
  #rest = '';

  constructor(size: ScreenSize) {
    this.#size = size;
  }

  /** Everything that was shown, from the first line to the last one that has text. */
  get lines(): string[] {
    const texts = this.#lines.map(textOf);
    while (texts.at(-1) === '') texts.pop();
    return texts;
  }

  /** The lines in the window, as many as it has rows. */
  get window(): string[] {
    const { rows } = this.#size;
    return Array.from({ length: rows }, (_, index) => textOf(this.#lines[this.#top + index] ?? []));
  }

  /** @throws Error for a sequence that this terminal does not know */
  write(text: string): void {
    let left = this.#rest + text;
    this.#rest = '';
    while (left !== '') {
      if (UNFINISHED.test(left)) {
        this.#rest = left;
        return;
      }
      left = left.startsWith('\u001b') ? this.#sequence(left) : this.#characters(left);
    }
  }

  /** Answers what stands behind it. */
  #sequence(text: string): string {
    const match = ESCAPE.exec(text);
    if (match === null) throw new Error(`unknown sequence ${JSON.stringify(text.slice(0, 12))}`);
    const [all, sign = '', words = '', final, single] = match;
    if (final !== undefined) this.#control(sign, words, final);
    if (single === '7') this.#saved = { row: this.#row - this.#top, column: this.#column };
    if (single === '8') this.#moveTo(this.#saved.row, this.#saved.column);
    if (single === 'M') this.#moveTo(this.#row - this.#top - 1, this.#column);
    return text.slice(all.length);
  }

  #control(sign: string, words: string, final: string): void {
    if (sign !== '' || final === 'm') return this.#mode(sign, words, final);
    const [first = 0, second = 0] = words.split(';').map(Number);
    const count = Math.max(1, first);
    const [row, column] = [this.#row - this.#top, this.#column];
    switch (final) {
      case 'A':
        return this.#moveTo(row - count, column);
      case 'B':
        return this.#moveTo(row + count, column);
      case 'C':
        return this.#moveTo(row, column + count);
      case 'D':
        return this.#moveTo(row, column - count);
      case 'G':
        return this.#moveTo(row, count - 1);
      case 'd':
        return this.#moveTo(count - 1, column);
      case 'H':
        return this.#moveTo(count - 1, Math.max(1, second) - 1);
      case 'J':
        return this.#eraseScreen(first);
      case 'K':
        return this.#eraseLine(first);
      case 'P':
        this.#line().splice(column, count);
        return;
      case '@':
        this.#line().splice(column, 0, ...Array<string>(count).fill(' '));
        return;
      default:
        throw new Error(`unknown sequence CSI ${words}${final}`);
    }
  }

  #mode(sign: string, words: string, final: string): void {
    if (sign === '?' && words === '7') this.#wraps = final === 'h';
    else if (final !== 'm' && !(sign === '?' && SILENT_MODES.has(words)))
      throw new Error(`unknown sequence CSI ${sign}${words}${final}`);
  }

  /** Up to the next sequence; answers that and what follows. */
  #characters(text: string): string {
    const end = text.indexOf('\u001b');
    const plain = end === -1 ? text : text.slice(0, end);
    for (const character of plain) this.#character(character);
    return text.slice(plain.length);
  }

  #character(character: string): void {
    if (character === '\n') this.#lineFeed();
    else if (character === '\r') this.#column = 0;
    else if (character === '\b') this.#column = Math.max(0, this.#column - 1);
    else if (character === '\t')
      this.#column = Math.min(this.#size.columns - 1, (this.#column | 7) + 1);
    else if (character >= ' ' && character !== '\u007f') this.#print(character);
  }

  #print(character: string): void {
    // The cursor stays behind the last cell until something comes that needs the next line.
    if (this.#column >= this.#size.columns) {
      if (this.#wraps) {
        this.#column = 0;
        this.#lineFeed();
      } else this.#column = this.#size.columns - 1;
    }
    const line = this.#line();
    while (line.length < this.#column) line.push(' ');
    line[this.#column] = character;
    this.#column += 1;
  }

  #lineFeed(): void {
    this.#row += 1;
    if (this.#row - this.#top >= this.#size.rows) this.#top += 1;
    this.#line();
  }

  #line(): string[] {
    while (this.#lines.length <= this.#row) this.#lines.push([]);
    return this.#lines[this.#row]!;
  }

  /** Within the window. */
  #moveTo(row: number, column: number): void {
    const { rows, columns } = this.#size;
    this.#row = this.#top + Math.min(rows - 1, Math.max(0, row));
    this.#column = Math.min(columns - 1, Math.max(0, column));
    this.#line();
  }

  #eraseScreen(how: number): void {
    if (how === 0) {
      this.#eraseLine(0);
      this.#lines.length = this.#row + 1;
      return;
    }
    const end = how === 1 ? this.#row : this.#lines.length;
    for (let row = this.#top; row < end; row++) this.#lines[row] = [];
    if (how === 1) this.#eraseLine(1);
  }

  #eraseLine(how: number): void {
    const line = this.#line();
    if (how === 0) line.length = Math.min(line.length, this.#column);
    else if (how === 1) line.fill(' ', 0, this.#column + 1);
    else line.length = 0;
  }
}

function textOf(line: readonly string[]): string {
  // A cell that was jumped over is empty.
  return Array.from(line, (cell) => cell ?? ' ')
    .join('')
    .trimEnd();
}
