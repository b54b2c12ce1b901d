/** A content of which others can see that a write to it has not come back. */
import { countedWrite } from '../../net/write-count.js';
import type { Content } from './content.js';

export class CountedContent implements Content {
  readonly #content: Content;
  readonly #writes: SharedArrayBuffer;

  /** See net/write-count.ts for `writes`. */
  constructor(content: Content, writes: SharedArrayBuffer) {
    this.#content = content;
    this.#writes = writes;
  }

  read(at: number, into: Buffer, to: number, length: number): void {
    this.#content.read(at, into, to, length);
  }

  write(at: number, bytes: Buffer, from: number, length: number): void {
    countedWrite(this.#writes, () => this.#content.write(at, bytes, from, length));
  }

  close(): void {
    this.#content.close();
  }
}
