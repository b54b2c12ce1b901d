/**
 * The terminal of a bar of cli-progress: a live line, so that a bar is drawn over and taken away as rows are,
 * whatever has become of the terminal's width and whoever has it meanwhile.
 */
import type { LiveLines } from './live-lines.js';

/** Names and places are those of cli-progress's own terminal, which moves the cursor itself. */
export class BarTerminal {
  readonly #lines: LiveLines;

  constructor(lines: LiveLines) {
    this.#lines = lines;
  }

  isTTY(): boolean {
    return true;
  }

  /** The line is given as it fits. */
  getWidth(): number {
    return Infinity;
  }

  write(line: string): void {
    this.#lines.update([line]);
  }

  clearLine(): void {
    this.#lines.clear();
  }

  /** Of these a live line takes care. */
  readonly cursorSave = nothing;
  readonly cursorRestore = nothing;
  readonly cursorTo = nothing;
  readonly clearRight = nothing;
  readonly lineWrapping = nothing;
}

function nothing(): void {
  // Nothing is to be done.
}
