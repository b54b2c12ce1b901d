/**
 * A session beside the one that works, for those who wait for no work. It is opened when somebody asks for it, and anew
 * when it was lost.
 */
import { Connection } from './connection.js';
import { ConnectionGone } from './faults.js';

export class SideSession {
  readonly #url: string;
  #opened: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws ConnectionGone, and what the server says */
  async get(): Promise<Connection> {
    for (;;) {
      if (this.#isClosed) throw new ConnectionGone(new Error('the store is closed'));
      const opened = (this.#opened ??= Connection.open(this.#url));
      const connection = await opened.catch((error: unknown) => {
        if (this.#opened === opened) this.#opened = undefined;
        throw error;
      });
      if (connection.isOpen) return connection;
      if (this.#opened === opened) this.#opened = undefined;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await (await this.#opened?.catch(() => undefined))?.close();
  }
}
