/**
 * What Piscina loads in a transfer thread: the tasks of src/workers/transfer-task.ts, with the
 * code that earlier threads have compiled. A thread is ended from outside, so what it compiled
 * is kept at the end of a task.
 */
import { fileURLToPath } from 'node:url';
import type * as transferTask from '../workers/transfer-task.js';
import { CachedBundle } from './cached-bundle.js';

type Tasks = typeof transferTask;

const path = fileURLToPath(new URL('./transfer-task-code.js', import.meta.url));
const bundle = new CachedBundle(path, 'transfer-thread', process.env);
const tasks = bundle.run() as Tasks;

export const peerSession = keepingCode('peerSession');
export const parcel = keepingCode('parcel');
export const listen = keepingCode('listen');
export const hash = keepingCode('hash');
export const sha256 = keepingCode('sha256');
export const unpack = keepingCode('unpack');

function keepingCode<Name extends keyof Tasks>(name: Name): Tasks[Name] {
  const task = tasks[name] as (message: unknown) => Promise<unknown>;
  return ((message: unknown) => task(message).finally(() => bundle.keep(name))) as Tasks[Name];
}
