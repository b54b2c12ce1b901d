/**
 * Lines on a terminal that are drawn again in place. They never fill more than the screen, because what
 * has scrolled away cannot be drawn over, and no line is wider than it. Life: hidden ⇄ drawn.
 */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { cutToWidth } from './display-width.js';
import { columnsOf, rowsOf, type OutputStream } from './environment.js';
import type { LiveDisplay } from './output.js';
import { TerminalHold } from './terminal-hold.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

export class LiveLines implements LiveDisplay {
  readonly #stream: OutputStream;
  readonly #hold: TerminalHold;
  /** Lines above the cursor that are ours. */
  #drawn = 0;

  constructor(stream: OutputStream, mayDraw?: () => boolean) {
    this.#stream = stream;
    const stop = (): void => this.stop();
    this.#hold = new TerminalHold({ onEnd: stop, onSuspend: stop }, mayDraw);
  }

  update(lines: readonly string[]): void {
    if (!this.#hold.mayDraw()) return this.stop();
    const stream = this.#stream;
    if (this.#drawn === 0) {
      this.#hold.take();
      stream.write(HIDE_CURSOR);
    }
    const room = rowsOf(stream) - 1;
    const width = columnsOf(stream);
    const shown = fitting(lines, room).map((line) => cutToWidth(line, width));
    moveCursor(stream, 0, -Math.min(this.#drawn, room));
    cursorTo(stream, 0);
    clearScreenDown(stream);
    stream.write(shown.map((line) => `${line}\n`).join(''));
    this.#drawn = shown.length;
  }

  /** Nothing of what was drawn stays. */
  clear(): void {
    if (this.#drawn === 0) return;
    moveCursor(this.#stream, 0, -Math.min(this.#drawn, rowsOf(this.#stream) - 1));
    cursorTo(this.#stream, 0);
    clearScreenDown(this.#stream);
    this.stop();
  }

  stop(): void {
    if (this.#drawn === 0) return;
    this.#hold.release();
    this.#stream.write(SHOW_CURSOR);
    this.#drawn = 0;
  }
}

/** As many as there is room for; the last one says how many more there are. */
function fitting(lines: readonly string[], room: number): string[] {
  if (lines.length <= room) return [...lines];
  const shown = lines.slice(0, Math.max(0, room - 1));
  return [...shown, `… and ${lines.length - shown.length} more`];
}
