/**
 * The entry of the thread that takes a pipe into a file: it reads and writes by calls that wait, because a pipe has
 * 64 KiB, and a turn of an event loop for each of them costs more than both calls. Owns its buffer; the descriptors are
 * those of piped-input.ts, which wakes it when it is to end.
 */
import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { bug, toStorageError, toWireError } from '../../net/errors.js';
import { INPUT_BATCH_BYTES } from '../../net/limits.js';
import { InputCounters, type InputThreadData, type InputThreadMessage } from './input-counters.js';

const port = parentPort ?? bug('a thread has no port');
const { pipe, file, filePath, ...data } = workerData as InputThreadData;
const counters = new InputCounters(data.counters);
const buffer = Buffer.allocUnsafeSlow(INPUT_BATCH_BYTES);

function say(message: InputThreadMessage): void {
  port.postMessage(message);
}

/** All that comes, until its end or until nothing more is wanted. @throws StorageError */
function takeAll(): void {
  for (let at = 0; ;) {
    counters.waitForRoom();
    // What comes to wake this thread is none of the input.
    const length = counters.isOver ? 0 : readSome();
    if (length === 0 || counters.isOver) return;
    writeAll(length, at);
    at += length;
    if (counters.onWritten(length)) say('written');
  }
}

function readSome(): number {
  for (;;) {
    try {
      return readSync(pipe, buffer, 0, buffer.length, null);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EINTR') continue;
      throw toStorageError(cause, 'cannot read standard input', 'read');
    }
  }
}

function writeAll(length: number, at: number): void {
  try {
    for (let done = 0; done < length;)
      done += writeSync(file, buffer, done, length - done, at + done);
  } catch (cause) {
    throw toStorageError(cause, `cannot write what comes in to ${filePath}`);
  }
}

try {
  takeAll();
  say('ended');
} catch (error) {
  say(toWireError(error));
}
