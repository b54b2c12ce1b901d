/**
 * Who runs the engine of a home, asked in a way that every version answers: also who starts or ends what runs
 * there after an update finds out whom it is about.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { connectSocket } from '../../net/connect-socket.js';
import { P2pError, TrackerError } from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import { HOLDER_ANSWER_TIMEOUT_MS, HOME_LOCK_POLL_MS } from '../../net/limits.js';
import { readLines, writeLine } from '../../net/line-socket.js';
import type { Home } from '../home/home.js';
import { versionsDiffer } from './control-protocol.js';
import { haltedPid, isGone } from './halts.js';
import { HolderHalted } from './home-in-use.js';

/** Asked before any greeting. The name and the answer stay as they are in all versions. */
export const HOLDER_REQUEST = 'holder';

/** Has what runs in the background end, before any greeting too; in all versions the same. */
export const END_REQUEST = 'end';

const holder = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** It goes on after the commands that use it. */
  isEngineStaying: v.boolean(),
  /** No terminal has it. */
  isInBackground: v.boolean(),
});

export type Holder = v.InferOutput<typeof holder>;

type SocketHome = Pick<Home, 'socketPath' | 'lockPidPath'>;

/** Asks one that only goes on with what others wait for to leave that to the next engine. */
export const MAKE_ROOM_REQUEST = 'makeRoom';

/**
 * Undefined when nobody has an engine for this home, or it went away before it answered.
 * @throws StorageError HOME_IN_USE when it is halted; TrackerError when it does not answer, or not so
 */
export async function askHolder(home: SocketHome): Promise<Holder | undefined> {
  const answer = await ask(home, HOLDER_REQUEST);
  if (answer === undefined) return undefined;
  const parsed = v.safeParse(holder, answer);
  if (!parsed.success) throw versionsDiffer();
  return parsed.output;
}

/**
 * Asks what runs in the background to end; it may be gone already. Resolves before it has ended.
 * @throws TrackerError BAD_REQUEST when it does not run in the background
 */
export async function askToEnd(home: SocketHome): Promise<void> {
  await ask(home, END_REQUEST);
}

/** Has it leave; commands that use it wait for the next engine. @throws P2pError when it does not */
export async function askToMakeRoom(home: SocketHome): Promise<void> {
  await ask(home, MAKE_ROOM_REQUEST);
}

async function ask({ socketPath, lockPidPath }: SocketHome, method: string): Promise<unknown> {
  const socket = await connectSocket(socketPath);
  if (socket === undefined) return undefined;
  const rpc = new JsonRpcConnection({
    send: (text) => writeLine(socket, text),
    onRequest: () => Promise.resolve({}),
    onNotification: () => undefined,
    maxPending: 1,
    requestTimeoutMs: HOLDER_ANSWER_TIMEOUT_MS,
  });
  readLines(socket, (line) => rpc.receive(line));
  socket.on('close', () => rpc.close(new TrackerError('CONNECTION_LOST', 'it went away')));
  try {
    const pid = await haltedPid(lockPidPath);
    if (pid !== undefined) throw new HolderHalted(pid);
    return await rpc.call(method, {});
  } catch (error) {
    // It is closing.
    const isGoing =
      error instanceof P2pError && (error.code === 'CONNECTION_LOST' || error.code === 'BUSY');
    if (isGoing) return undefined;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** Waits until that process is not there any more; answers false when `signal` comes first. */
export async function whenGone(pid: number, signal: AbortSignal): Promise<boolean> {
  while (!(await isGone(pid))) {
    if (signal.aborted) return false;
    await delay(HOME_LOCK_POLL_MS);
  }
  return true;
}
