/**
 * An answer in lines of JSON that comes bit by bit. What the other end does not take in time is bounded: then the
 * answer is cut off. Life: open → ended.
 */
import type { ServerResponse } from 'node:http';
import { MAX_WEB_UNREAD_BYTES } from '../../net/limits.js';

export class JsonLines {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.flushHeaders();
  }

  /** True when nobody reads it any more. */
  get isOver(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  write(line: unknown): void {
    if (this.isOver) return;
    this.#response.write(`${JSON.stringify(line)}\n`);
    if (this.#response.writableLength > MAX_WEB_UNREAD_BYTES) this.#response.destroy();
  }

  /** A line that may be left out while the one before is not taken yet: another follows. */
  writeIfTaken(line: unknown): void {
    if (this.#response.writableLength === 0) this.write(line);
  }

  /** `line` is the last one and may be as long as it is. */
  end(line?: unknown): void {
    if (line !== undefined) return this.endWith(JSON.stringify(line));
    if (!this.isOver) this.#response.end();
  }

  /** The same, of what is JSON already. */
  endWith(json: string): void {
    if (!this.isOver) this.#response.end(`${json}\n`);
  }
}
