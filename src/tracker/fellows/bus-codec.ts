/**
 * What trackers on one database say to each other over the presence server, as messages and as text. Every text is sealed
 * with a key that follows from the key that signs tickets: whoever else can reach that server says nothing to us. Pure.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { MAX_CHANGES_PER_FELLOW_MESSAGE, MAX_FELLOW_MESSAGE_BYTES } from '../../net/limits.js';
import type { TrackerNotifications } from '../../net/tracker-api.js';
import type { DevicePresence } from '../presence/presence.js';

/** A device, as its tracker tells the others of it. */
export interface ToldDevice extends DevicePresence {
  readonly stamp: number;
  readonly places: readonly string[];
}

/** Some of what a device offers in a group. */
export interface ToldOffers {
  readonly deviceId: string;
  readonly groupId: string;
  readonly files: [fileId: string, state: 'whole' | 'part' | 'gone'][];
}

/** How some devices of a tracker are now. First come those that are gone, then the devices, then what they offer. */
export interface ToldChanges {
  readonly gone: readonly string[];
  /** Those of them that have taken their leave; absent when none has. */
  readonly left?: readonly string[];
  readonly devices: readonly ToldDevice[];
  readonly offers: readonly ToldOffers[];
}

/** A part of all that a tracker has. */
export interface ToldState extends ToldChanges {
  /** Changes that were told before. */
  readonly n: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export type FellowMessage =
  /** It is there, and has told so many changes. */
  | { readonly kind: 'beat'; readonly n: number }
  /** It ends. */
  | { readonly kind: 'bye' }
  /** It has committed something. */
  | { readonly kind: 'rung' }
  /** The changes of this number. */
  | ({ readonly kind: 'changes'; readonly n: number } & ToldChanges)
  /** It wants to know all that those have who hear it. */
  | { readonly kind: 'ask' }
  | ({ readonly kind: 'state' } & ToldState)
  /** A call for a device of the one who gets this. */
  | {
      readonly kind: 'call';
      readonly deviceId: string;
      readonly call: TrackerNotifications['call'];
    };

export interface FellowLetter {
  /** Of whom it is: a run of a tracker. */
  readonly from: string;
  readonly message: FellowMessage;
}

const VERSION = 1;
const SEAL_CHARACTERS = 43;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.maxLength(1_024));
const address = v.object({ host: id, port: v.pipe(count, v.maxValue(65_535)) });
const addresses = v.pipe(v.array(address), v.maxLength(256));
const device = v.object({
  deviceId: id,
  userId: id,
  addresses,
  nearby: v.optional(v.pipe(v.array(v.object({ to: id, addresses })), v.maxLength(64))),
  isUnreached: v.optional(v.boolean()),
  calls: v.optional(v.boolean()),
  stamp: count,
  places: v.pipe(v.array(id), v.maxLength(64)),
});
const offers = v.object({
  deviceId: id,
  groupId: id,
  files: v.pipe(
    v.array(v.tuple([id, v.picklist(['whole', 'part', 'gone'])])),
    v.maxLength(MAX_CHANGES_PER_FELLOW_MESSAGE + 1),
  ),
});
const changes = {
  gone: v.pipe(v.array(id), v.maxLength(MAX_CHANGES_PER_FELLOW_MESSAGE + 1)),
  left: v.optional(v.pipe(v.array(id), v.maxLength(MAX_CHANGES_PER_FELLOW_MESSAGE + 1))),
  devices: v.pipe(v.array(device), v.maxLength(MAX_CHANGES_PER_FELLOW_MESSAGE + 1)),
  offers: v.pipe(v.array(offers), v.maxLength(MAX_CHANGES_PER_FELLOW_MESSAGE + 1)),
};
const letter = v.object({
  v: v.literal(VERSION),
  from: id,
  message: v.variant('kind', [
    v.object({ kind: v.literal('beat'), n: count }),
    v.object({ kind: v.literal('bye') }),
    v.object({ kind: v.literal('rung') }),
    v.object({ kind: v.literal('changes'), n: count, ...changes }),
    v.object({ kind: v.literal('ask') }),
    v.object({
      kind: v.literal('state'),
      n: count,
      isFirst: v.boolean(),
      isLast: v.boolean(),
      ...changes,
    }),
    v.object({ kind: v.literal('call'), deviceId: id, call: v.looseObject({}) }),
  ]),
});

export class FellowCodec {
  readonly #key: Buffer;

  /** `ticketKeyPem`: all trackers have the same. */
  constructor(ticketKeyPem: string) {
    this.#key = Buffer.from(hkdfSync('sha256', ticketKeyPem.trim(), '', 'p2p fellows v1', 32));
  }

  /** Names the channel of these trackers, and of no others at the same server. */
  get channel(): string {
    return `p2p:${createHmac('sha256', this.#key).update('channel').digest('hex').slice(0, 32)}`;
  }

  encode({ from, message }: FellowLetter): string {
    const text = JSON.stringify({ v: VERSION, from, message });
    return `${this.#seal(text)}${text}`;
  }

  /** Undefined for what is none of ours, or of a version that is not known here. */
  decode(sealed: string): FellowLetter | undefined {
    if (sealed.length > MAX_FELLOW_MESSAGE_BYTES) return undefined;
    const text = sealed.slice(SEAL_CHARACTERS);
    const [seal, right] = [Buffer.from(sealed.slice(0, SEAL_CHARACTERS)), this.#seal(text)];
    if (seal.length !== SEAL_CHARACTERS || !timingSafeEqual(seal, Buffer.from(right))) {
      return undefined;
    }
    try {
      const parsed = v.safeParse(letter, JSON.parse(text));
      if (!parsed.success) return undefined;
      const { from, message } = parsed.output;
      return { from, message: message as FellowMessage };
    } catch {
      return undefined;
    }
  }

  #seal(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
