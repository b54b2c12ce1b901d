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

/** One that is missing here is an error of types; each has to be exported by its name. */
const kept: Tasks = {
  peerSession: keepingCode('peerSession'),
  parcel: keepingCode('parcel'),
  listen: keepingCode('listen'),
  hash: keepingCode('hash'),
  copy: keepingCode('copy'),
  sha256: keepingCode('sha256'),
  unpack: keepingCode('unpack'),
};
export const { peerSession, parcel, listen, hash, copy, sha256, unpack } = kept;

function keepingCode<Name extends keyof Tasks>(name: Name): Tasks[Name] {
  const task = tasks[name] as (message: unknown) => Promise<unknown>;
  return ((message: unknown) => task(message).finally(() => bundle.keep(name))) as Tasks[Name];
}
