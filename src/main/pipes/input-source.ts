/**
 * What brings the bytes of standard input, into buffers that are there already. A pipe and a socket are read as they
 * say that there is something; a file by its descriptor, as much at a time as there is room for. The streams that Node
 * makes of both take a new buffer for each 64 KiB, which costs more than the reading. Whatever else is handed in (a
 * terminal, a request of the page, what has been read from already) is read as the stream that it is. Owns no bytes.
 *
 *   made → bringing → ended | failed | given up
 */
import { read } from 'node:fs';
import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import { promisify } from 'node:util';
import { P2pError, toStorageError } from '../../net/errors.js';
import type { InputStream } from '../terminal/environment.js';
import type { InputRoom } from './input-buffers.js';

export interface InputSource {
  /** Brings all there is, once; resolves when that has ended. @throws StorageError, or what it was given up for */
  bringInto(room: InputRoom): Promise<void>;
  /** Nothing more is brought. Idempotent. */
  giveUp(error: Error): void;
}

export function sourceOf(stream: InputStream): InputSource {
  const fd = 'fd' in stream && typeof stream.fd === 'number' ? stream.fd : undefined;
  const isFresh = !stream.readableDidRead && stream.readableFlowing === null && !stream.isTTY;
  if (fd === undefined || !isFresh || stream.destroyed) return streamSource(stream);
  // Of a folder or a disk Node makes a stream that is at its end: it is for the system to say what can be read.
  return stream instanceof Socket ? socketSource(fd) : fileSource(fd);
}

/** A file, a device, or what cannot be read at all, such as a folder. */
function fileSource(fd: number): InputSource {
  let failure: Error | undefined;
  return {
    bringInto: async (room) => {
      while (!failure) {
        await room.whenRoom();
        const { free } = room;
        const bytesRead = await readSome(fd, free);
        if (bytesRead === 0) return;
        room.onFilled(bytesRead);
      }
      throw failure;
    },
    giveUp: (error) => {
      failure ??= error;
    },
  };
}

/** Where its last read ended; 0 at its end. */
async function readSome(fd: number, into: Buffer): Promise<number> {
  try {
    return (await promisify(read)(fd, into, 0, into.length, null)).bytesRead;
  } catch (cause) {
    return cannotRead(cause);
  }
}

/** A second socket of the descriptor, with which 0 to 2 are not closed, and any other is; the stream that Node made of it is never read. */
function socketSource(fd: number): InputSource {
  let socket: Socket | undefined;
  let failure: Error | undefined;
  const open = (room: InputRoom, onFailed: (error: Error) => void): Socket => {
    const onread = {
      buffer: () => room.free,
      callback: (count: number) => {
        if (room.onFilled(count)) return true;
        room.whenRoom().then(() => socket?.resume(), onFailed);
        return false;
      },
    };
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { fd, onread };
    return new Socket({ ...options, readable: true, writable: false });
  };
  return {
    bringInto: async (room) => {
      if (failure) throw failure;
      try {
        await new Promise<void>((resolve, reject) => {
          const onFailed = (error: Error): void => reject(error);
          socket = open(room, onFailed).once('end', resolve).on('error', onFailed);
          socket.once('close', () => reject(failure ?? new Error('closed before its end')));
          socket.resume();
        });
      } catch (cause) {
        cannotRead(cause);
      } finally {
        socket?.destroy();
      }
    },
    giveUp: (error) => {
      failure ??= error;
      socket?.destroy(error);
    },
  };
}

function streamSource(stream: InputStream): InputSource {
  return {
    bringInto: async (room) => {
      for await (const chunk of chunksOf(stream)) {
        for (let done = 0; done < chunk.length;) {
          await room.whenRoom();
          const copied = chunk.copy(room.free, 0, done);
          done += copied;
          room.onFilled(copied);
        }
      }
    },
    giveUp: (error) => void stream.destroy(error),
  };
}

async function* chunksOf(input: InputStream): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of input) yield chunk as Buffer;
  } catch (cause) {
    cannotRead(cause);
  }
}

function cannotRead(cause: unknown): never {
  if (cause instanceof P2pError) throw cause;
  throw toStorageError(cause, 'cannot read standard input', 'read');
}
