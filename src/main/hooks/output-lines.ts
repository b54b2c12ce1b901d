/** The output of a hook as lines of a log: so many of them, and none longer than that; the rest is read and dropped. */
import { StringDecoder } from 'node:string_decoder';
import { MAX_HOOK_LINE_LENGTH, MAX_HOOK_LINES } from '../../net/limits.js';

/** Owns the line that is not whole yet. */
export class OutputLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #begun = '';
  #count = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  onBytes(bytes: Buffer): void {
    if (this.#count > MAX_HOOK_LINES) return;
    const [first = '', ...others] = this.#decoder.write(bytes).split('\n');
    this.#begin(first);
    for (const next of others) {
      this.#end();
      this.#begin(next);
    }
  }

  /** What came last without an end of its own. */
  onEnd(): void {
    this.#begin(this.#decoder.end());
    if (this.#begun !== '') this.#end();
  }

  #begin(text: string): void {
    this.#begun = (this.#begun + text).slice(0, MAX_HOOK_LINE_LENGTH);
  }

  #end(): void {
    const line = this.#begun.replace(/\r$/, '');
    this.#begun = '';
    this.#count++;
    if (this.#count <= MAX_HOOK_LINES) this.#onLine(line);
    else if (this.#count === MAX_HOOK_LINES + 1) this.#onLine('(what else it says is left out)');
  }
}
