/**
 * What takes the bytes of standard output, one piece at a time. A pipe, a socket and what a test hands in are written
 * to as the stream that they are. A file is written to by its descriptor: the stream that Node makes of one writes in
 * the main thread, and takes a short write (a full disk, `ulimit -f`) for a whole one, so that the rest would be lost
 * and nobody told. Owns no state.
 */
import { fdatasync, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { CancelledError, toStorageError, type StorageError } from '../../net/errors.js';
import type { OutputStream } from '../terminal/environment.js';

export interface OutputSink {
  /** Resolves once all of it is taken. @throws StorageError, CancelledError when the reader has gone */
  write(chunk: Buffer): Promise<void>;
  /** All has been written: resolves once it can be relied upon. @throws StorageError */
  finish(): Promise<void>;
  /** What is on its way to a reader who does not take it is given up. */
  giveUp(): void;
}

/** Writes some bytes of a buffer to a descriptor, where its last write ended; answers how many it took. */
export type WriteSome = (
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
) => Promise<{ readonly bytesWritten: number }>;

const writeSome: WriteSome = (fd, buffer, offset, length) =>
  promisify(write)(fd, buffer, offset, length, null);

/** What cannot be synced (a device, some disks) is as good as it gets. */
const UNSYNCED = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EROFS']);

export function sinkOf(stream: OutputStream): OutputSink {
  const isFile = !(stream instanceof Socket) && 'fd' in stream && typeof stream.fd === 'number';
  return isFile ? fileSink(stream.fd as number) : streamSink(stream);
}

/** A file, or a device that is none of a reader. */
export function fileSink(fd: number, some = writeSome): OutputSink {
  const asFault = (cause: unknown): StorageError =>
    toStorageError(cause, 'cannot write to standard output');
  return {
    write: async (chunk) => {
      try {
        for (let done = 0; done < chunk.length;)
          done += (await some(fd, chunk, done, chunk.length - done)).bytesWritten;
      } catch (cause) {
        throw asFault(cause);
      }
    },
    // Some disks say only now that they are full, and what was downloaded is about to be removed.
    finish: async () => {
      await promisify(fdatasync)(fd).catch((cause: unknown) => {
        if (!UNSYNCED.has((cause as NodeJS.ErrnoException).code ?? '')) throw asFault(cause);
      });
    },
    // The disk takes what it has been given.
    giveUp: () => undefined,
  };
}

function streamSink(stream: OutputStream): OutputSink {
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stream.write(chunk, (error) => {
          if (error) reject(readersFault(error));
          else resolve();
        });
      }),
    finish: () => Promise.resolve(),
    giveUp: () => {
      // `process.stdout` cannot be destroyed, and what is on its way would keep the process until its reader takes it.
      // So this does for it what a socket does.
      if (stream instanceof Socket) Socket.prototype._destroy.call(stream, null, () => undefined);
      else stream.destroy();
    },
  };
}

/** A stream that has failed once says of everything later that it was destroyed. */
function readersFault(error: NodeJS.ErrnoException): StorageError | CancelledError {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
    return new CancelledError('the reader of standard output has gone', 'READER_GONE');
  }
  return toStorageError(error, 'cannot write to standard output');
}
