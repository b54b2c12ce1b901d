/**
 * Lines on a terminal that are drawn again in place. They never fill more than the screen, because what
 * has scrolled away cannot be drawn over, and no line is wider than it. Life: hidden ⇄ drawn.
 */
import { isDeepStrictEqual } from 'node:util';
import { cutToWidth, displayWidth } from './display-width.js';
import { columnsOf, refreshSize, rowsOf, type OutputStream } from './environment.js';
import type { LiveDisplay } from './output.js';
import { TerminalHold } from './terminal-hold.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const UP = '\u001b[A';
const DOWN = '\u001b[B';
const CLEAR_LINE = '\u001b[2K';
/** Never of a whole screen, from its first cell on: some terminals (tmux) keep that in what one can scroll back to. */
const CLEAR_BELOW = '\u001b[J';

export class LiveLines implements LiveDisplay {
  readonly #stream: OutputStream;
  readonly #hold: TerminalHold;
  /** Lines above the cursor that are ours. */
  #drawn: readonly string[] = [];

  /** `atEnd`: what becomes of what is drawn when the process ends, or another has the terminal for a while. */
  constructor(
    stream: OutputStream,
    mayDraw?: () => boolean,
    atEnd: 'it stays' | 'it goes' = 'it stays',
  ) {
    this.#stream = stream;
    const end = (): void => (atEnd === 'it stays' ? this.stop() : this.clear());
    this.#hold = new TerminalHold({ onEnd: end, onSuspend: end }, mayDraw);
  }

  update(lines: readonly string[]): void {
    if (!this.#hold.mayDraw()) return this.stop();
    const stream = this.#stream;
    refreshSize(stream);
    const width = columnsOf(stream);
    const shown = fitting(lines, rowsOf(stream) - 1).map((line) => cutToWidth(line, width));
    // Whoever marks something with the mouse keeps it.
    if (isDeepStrictEqual(shown, this.#drawn)) return;
    if (this.#drawn.length === 0) {
      this.#hold.take();
      stream.write(HIDE_CURSOR);
    }
    const [first = '', ...rest] = shown.map((line) => `${line}\n`);
    // In one go, so that nothing flickers.
    stream.write(`${this.#toFirst()}${CLEAR_LINE}${first}${CLEAR_BELOW}${rest.join('')}`);
    this.#drawn = shown;
  }

  above(write: () => void): void {
    const drawn = this.#drawn;
    if (drawn.length === 0) return write();
    refreshSize(this.#stream);
    this.#erase();
    write();
    this.#stream.write(drawn.map((line) => `${line}\n`).join(''));
  }

  /** Nothing of what was drawn stays. */
  clear(): void {
    if (this.#drawn.length === 0) return;
    refreshSize(this.#stream);
    this.#erase();
    this.stop();
  }

  stop(): void {
    if (this.#drawn.length === 0) return;
    this.#hold.release();
    this.#stream.write(SHOW_CURSOR);
    this.#drawn = [];
  }

  /** The first line by itself, because it may be the first of the screen. */
  #erase(): void {
    this.#stream.write(`${this.#toFirst()}${CLEAR_LINE}${DOWN}${CLEAR_BELOW}${UP}`);
  }

  /** To where the first of what is drawn begins. A terminal that has become narrower has broken what was as wide as it. */
  #toFirst(): string {
    const width = columnsOf(this.#stream);
    const height = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / width)),
      0,
    );
    const count = Math.min(height, rowsOf(this.#stream) - 1);
    return count === 0 ? '\r' : `\u001b[${count}A\r`;
  }
}

/** As many as there is room for; the last one says how many more there are. */
function fitting(lines: readonly string[], room: number): string[] {
  if (lines.length <= room) return [...lines];
  const shown = lines.slice(0, Math.max(0, room - 1));
  return [...shown, `… and ${lines.length - shown.length} more`];
}
