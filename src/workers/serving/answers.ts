/**
 * Goes to whoever has called this device: dials where the tracker found the caller, or meets it at a
 * relay. Whom it meets is checked here by the key, and by the ticket as on any other connection. Nobody
 * hears of a failure: the caller waits for a while, and then tries another way. Owns the dials under way.
 */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { MAX_ANSWERS_AT_A_TIME } from '../../net/limits.js';
import { faultOf } from '../../net/fault.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { MainToListener } from '../messages/listener.js';
import type { AnsweredCall } from './upload-session.js';
import { meetAtRelay } from '../dialling/relay-dialer.js';
import { dialPeer } from '../dialling/peer-dialer.js';

/** `answered` where this end has to say which call it answers. */
type OnDialled = (socket: Socket, answered: AnsweredCall | undefined) => void;

type Answer = Extract<MainToListener, { type: 'answer' }>;

interface Met {
  readonly socket: Socket;
  readonly answered?: AnsweredCall;
}

export class Answers {
  readonly #credentials: DeviceCredentials;
  readonly #onDialled: OnDialled;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** `onDialled` gets each connection, with the call that it has to name there, if any. */
  constructor({ credentials }: { readonly credentials: DeviceCredentials }, onDialled: OnDialled) {
    this.#credentials = credentials;
    this.#onDialled = onDialled;
    // Each dial listens to it.
    setMaxListeners(MAX_ANSWERS_AT_A_TIME, this.#closing.signal);
  }

  /** Goes there; one call too many is passed over. */
  go(answer: Answer): void {
    if (this.#closing.signal.aborted || this.#running.size >= MAX_ANSWERS_AT_A_TIME) return;
    const running = this.#go(answer).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Ends every dial; resolves when none is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #go(answer: Answer): Promise<void> {
    try {
      const { socket, answered } = await this.#meet(answer);
      if (this.#closing.signal.aborted) socket.destroy();
      else this.#onDialled(socket, answered);
    } catch (error) {
      // Whoever called is not reached; what nobody foresaw is told, and costs no more than that.
      faultOf(error);
    }
  }

  async #meet({ at, deviceId, callId }: Answer): Promise<Met> {
    const common = { credentials: this.#credentials, signal: this.#closing.signal };
    if (at.type === 'relay') {
      const met = { side: 'called', peerDeviceId: deviceId } as const;
      return { socket: await meetAtRelay({ ...common, ...met, relay: at.relay, key: at.key }) };
    }
    const { addresses } = at;
    const whom = { peerDeviceId: deviceId, transport: 'tls' } as const;
    const { socket } = await dialPeer({ ...common, ...whom, addresses });
    return { socket, answered: { callId, deviceId } };
  }
}
