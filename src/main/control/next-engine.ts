/** Comes to the engine that takes over from another one, on the terms of the one before. Owns no state. */
import { TrackerError } from '../../net/errors.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { Status } from '../api/client-status.js';
import { untilThere, type Attached, type ControlHome } from './attach.js';
import type { ControlLink } from './control-link.js';
import type { Greeting } from './control-protocol.js';

interface NextOptions {
  /** Ends the wait, and hangs up on whom it has come to; its reason is the error. */
  readonly signal: AbortSignal;
  /** The one before refused peers that do not encrypt. */
  readonly isTlsRequired: boolean;
  /** Has the link from here on. Called in the step that finds `signal` not aborted. */
  readonly onThere: (attached: Attached) => void;
}

/** @throws the reason of `signal`; P2pError when it cannot be worked with. No link is left open then. */
export async function nextEngine(
  home: ControlHome,
  greeting: Greeting,
  { signal, isTlsRequired, onThere }: NextOptions,
): Promise<void> {
  const attached = await untilThere(home, signal, greeting);
  try {
    if (isTlsRequired) await untilAborted(signal, requireTls(attached.link));
    signal.throwIfAborted();
  } catch (error) {
    attached.link.close();
    throw error;
  }
  onThere(attached);
}

export function insistsOnTls({ requiredPeerTransport }: Status): boolean {
  return requiredPeerTransport === 'tls';
}

/** @throws TrackerError PEERS_NOT_ENCRYPTED */
async function requireTls(link: ControlLink): Promise<void> {
  if (insistsOnTls(await link.call('status', {}))) return;
  throw new TrackerError(
    'PEERS_NOT_ENCRYPTED',
    'the client that takes over accepts peers that do not encrypt; run the command again',
  );
}
