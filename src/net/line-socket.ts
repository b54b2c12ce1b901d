/**
 * Lines of text over a local socket, as both ends of a control socket need them. It bounds
 * what a line may hold before it is complete, and ends the connection beyond that.
 */
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { MAX_CONTROL_SOCKET_LINE_BYTES } from './limits.js';

/** Calls `onLine` for each complete line that arrives, without its end. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  socket.on('data', (bytes: Buffer) => {
    const lines = (rest + decoder.write(bytes)).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_CONTROL_SOCKET_LINE_BYTES) {
      socket.destroy();
      return;
    }
    for (const line of lines) if (line !== '') onLine(line);
  });
}

/** Sends one line; dropped once the socket is gone. */
export function writeLine(socket: Socket, line: string): void {
  if (socket.writable) socket.write(`${line}\n`);
}
