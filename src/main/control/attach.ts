/** Comes to the engine that runs for a home: once, or as soon as there is one. Owns no state. */
import { setTimeout as delay } from 'node:timers/promises';
import { HOME_LOCK_POLL_MS } from '../../net/limits.js';
import { connectSocket } from '../../net/connect-socket.js';
import type { Home } from '../home/home.js';
import { ControlLink } from './control-link.js';
import type { Greeting, Welcome } from './control-protocol.js';
import { haltedPid } from './halts.js';
import { HolderHalted } from './home-in-use.js';

export type ControlHome = Pick<Home, 'socketPath' | 'lockPidPath'>;

export interface Attached {
  readonly link: ControlLink;
  readonly welcome: Welcome;
}

/** Undefined when there is none, or it went away before it answered. @throws P2pError; HOME_IN_USE when it is halted */
export async function attach(
  { socketPath, lockPidPath }: ControlHome,
  signal: AbortSignal,
  greeting: Greeting,
): Promise<Attached | undefined> {
  const socket = await connectSocket(socketPath);
  if (socket === undefined) return undefined;
  // Before anything is waited for: it must hear when the engine hangs up.
  const link = new ControlLink(socket);
  const pid = await haltedPid(lockPidPath);
  if (pid !== undefined) {
    link.close();
    throw new HolderHalted(pid);
  }
  let welcome: Welcome | undefined;
  try {
    welcome = await link.hello(signal, greeting);
  } finally {
    if (welcome === undefined) link.close();
  }
  return welcome && { link, welcome };
}

/** Looks for an engine again and again. @throws the reason of `signal`; P2pError when it cannot be worked with */
export async function untilThere(
  home: ControlHome,
  signal: AbortSignal,
  greeting: Greeting,
): Promise<Attached> {
  for (;;) {
    signal.throwIfAborted();
    const attached = await attach(home, signal, greeting);
    if (attached !== undefined) return attached;
    await delay(HOME_LOCK_POLL_MS);
  }
}
