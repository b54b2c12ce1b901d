/** The search through earlier lines that Ctrl-R begins, as shells have it. Pure. */

/** One search, from the newest line to the oldest. */
export class HistorySearch {
  readonly #lines: readonly string[];
  #query = '';
  /** Of the match; of where it was last when there is none. */
  #index = 0;

  /** `lines` are newest first. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  get query(): string {
    return this.#query;
  }

  /** The line that was found; undefined while nothing is asked for or nothing fits. */
  get match(): string | undefined {
    const line = this.#query === '' ? undefined : this.#lines[this.#index];
    return line?.includes(this.#query) === true ? line : undefined;
  }

  /** More text to look for, from the present match on. */
  type(text: string): void {
    this.#query += text;
    this.#lookFrom(this.#index);
  }

  /** One character less, from the newest line on. */
  rubOut(): void {
    this.#query = [...this.#query].slice(0, -1).join('');
    this.#lookFrom(0);
  }

  /** The next older line that fits; stays where it is when there is none. */
  goOn(): void {
    if (this.match !== undefined) this.#lookFrom(this.#index + 1);
  }

  #lookFrom(start: number): void {
    const found = this.#lines.findIndex(
      (line, index) => index >= start && line.includes(this.#query),
    );
    if (found !== -1) this.#index = found;
  }
}
