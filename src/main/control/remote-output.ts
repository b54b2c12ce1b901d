/**
 * The output of a command that was asked for by another process: everything it says travels
 * over the control socket and is shown there. Long lists go in parts, and progress is left
 * out while the caller is slow to read.
 */
import type { Socket } from 'node:net';
import type { JsonRpcConnection } from '../../net/json-rpc.js';
import type { ControlNotification, ControlNotifications } from './control-messages.js';
import type { Cell, Column, Output, ProgressView } from '../terminal/output.js';

/** A row holds at most a few names, so that this many stay far below the limit of a line. */
const ROWS_PER_MESSAGE = 200;

/** Speaks to the caller of a command. */
export class RemoteOutput implements Output {
  readonly #rpc: JsonRpcConnection;
  readonly #socket: Socket;

  constructor(rpc: JsonRpcConnection, socket: Socket) {
    this.#rpc = rpc;
    this.#socket = socket;
  }

  list(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    for (let start = 0; start < rows.length; start += ROWS_PER_MESSAGE) {
      this.#send('rows', { rows: rows.slice(start, start + ROWS_PER_MESSAGE) });
    }
    this.#send('listEnd', { columns });
  }

  result(value: unknown, lines: readonly string[], more: readonly string[] = []): void {
    this.#send('result', { value, lines, more });
  }

  note(line: string): void {
    this.#send('note', { line });
  }

  progress(view: ProgressView | undefined): void {
    if (view !== undefined && this.#socket.writableNeedDrain) return;
    this.#send('progress', { view: view ?? null });
  }

  #send<N extends ControlNotification>(name: N, params: ControlNotifications[N]): void {
    this.#rpc.notify(name, params);
  }
}
