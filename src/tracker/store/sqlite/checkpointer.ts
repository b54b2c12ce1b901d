/**
 * The tracker's end of the thread that keeps the log of its database short. No thread is started before it is needed; where
 * none can be had the order fails, and the next one tries again. One order is under way at a time.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { deferred, type Deferred } from '../../../net/deferred.js';
import { bug } from '../../../net/errors.js';
import type { CheckpointOrder, CheckpointReply } from './checkpoint-messages.js';

export class Checkpointer {
  readonly #path: string;
  readonly #entry: URL;
  #thread: Worker | undefined;
  #answer: Deferred<CheckpointReply> | undefined;

  constructor(databasePath: string, entry = new URL('./checkpoint-thread.js', import.meta.url)) {
    this.#path = databasePath;
    this.#entry = entry;
  }

  /** @throws what prevents a thread from starting, or has ended it */
  async order(order: Exclude<CheckpointOrder, 'close'>): Promise<CheckpointReply> {
    if (this.#answer) bug('two checkpoints at a time');
    const thread = (this.#thread ??= this.#start());
    const answer = (this.#answer = deferred());
    thread.postMessage(order);
    try {
      return await answer.promise;
    } finally {
      this.#answer = undefined;
    }
  }

  /** Ends the thread; nothing may be under way. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    const ended = once(thread, 'exit');
    thread.postMessage('close' satisfies CheckpointOrder);
    await ended;
  }

  #start(): Worker {
    const thread = new Worker(this.#entry, { workerData: this.#path });
    const onEnd = (error: Error): void => {
      // It tells of its end twice, and another may have been started in between.
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#answer?.reject(error);
    };
    thread.on('message', (reply: CheckpointReply) => this.#answer?.resolve(reply));
    thread.on('error', onEnd);
    thread.on('exit', () => onEnd(new Error('the thread of the log has ended')));
    return thread;
  }
}
