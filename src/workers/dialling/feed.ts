/**
 * Reads a connection into the buffers of its reader where Node cannot: `onread` must be given when a
 * socket is made, and accepted or wrapped ones are made without. What came is copied once.
 */
import type { OnReadOpts, Socket } from 'node:net';

/** Hands all that comes from now on to the reader, as `onread` would. */
export function feedFrom(socket: Socket, reader: OnReadOpts): void {
  socket.on('data', (chunk: Buffer) => {
    let mayGoOn = true;
    for (let at = 0; at < chunk.length;) {
      const room = typeof reader.buffer === 'function' ? reader.buffer() : reader.buffer;
      const taken = Math.min(room.length, chunk.length - at);
      room.set(chunk.subarray(at, at + taken));
      at += taken;
      mayGoOn = reader.callback(taken, room);
    }
    // The reader resumes it.
    if (!mayGoOn) socket.pause();
  });
  socket.resume();
}
