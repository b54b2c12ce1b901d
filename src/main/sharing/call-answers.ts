/**
 * What this client does when it is called: it goes to whoever called, if it offers anything in that group
 * and is not called too often. Where to is the tracker's word, and as implausible places as any others
 * are passed over. Owns the pace of its answers.
 */
import { ANSWERS_BURST, ANSWERS_PER_SECOND } from '../../net/limits.js';
import { TokenBucket } from '../../net/token-bucket.js';
import type { PeerAddress, TrackerNotifications } from '../../net/tracker-api.js';
import type { AnswerPlace } from '../../workers/messages/listener.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { RelayPlaces } from './relay-places.js';
import type { Serving } from './serving.js';
import type { Uploads } from './uploads.js';

export interface CallAnswersOptions {
  readonly serving: Pick<Serving, 'answer'>;
  readonly uploads: Pick<Uploads, 'hasOffersIn'>;
  /** The addresses at which a peer can be at all. */
  readonly plausible: (addresses: readonly PeerAddress[]) => readonly PeerAddress[];
  readonly relays: Pick<RelayPlaces, 'placeOf'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
}

export class CallAnswers {
  readonly #options: CallAnswersOptions;
  readonly #pace: TokenBucket;

  constructor(options: CallAnswersOptions) {
    this.#options = options;
    this.#pace = new TokenBucket(ANSWERS_BURST, ANSWERS_PER_SECOND, options.nowMs());
  }

  /** A member of a group asks this client to come. */
  onCall(call: TrackerNotifications['call']): void {
    const { serving, uploads, background, nowMs } = this.#options;
    const { groupId, deviceId, callId } = call;
    if (!uploads.hasOffersIn(groupId) || !this.#pace.take(nowMs())) return;
    background.run(async () => {
      const at = await this.#placeOf(call);
      if (at) serving.answer({ deviceId, callId, at });
    });
  }

  async #placeOf({
    groupId,
    addresses = [],
    relayKey: key,
    relay,
  }: TrackerNotifications['call']): Promise<AnswerPlace | undefined> {
    if (key !== undefined) {
      const place = await this.#options.relays.placeOf(groupId, relay);
      return place && { type: 'relay', relay: place, key };
    }
    const plausible = this.#options.plausible(addresses);
    return plausible.length > 0 ? { type: 'addresses', addresses: plausible } : undefined;
  }
}
