/**
 * The owner of what is served, with one fake listener; both of its clocks are numbers. Its user is in
 * the groups `chess`, `music` and `cooking`.
 */
import type { Test } from 'tap';
import type { Offer } from '../../../src/main/sharing/offers.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { TakenFiles } from '../../../src/main/sharing/taken-files.js';
import { Takers } from '../../../src/main/sharing/takers.js';
import { Uploads } from '../../../src/main/sharing/uploads.js';
import type { Bitfield } from '../../../src/net/bitfield.js';
import type { WireError } from '../../../src/net/errors.js';
import { nameHash } from '../../../src/net/name-hash.js';
import type { MainToListener } from '../../../src/workers/messages/listener.js';
import { at, INCARNATION } from '../../fixtures/incarnations.js';
import { FakeListener } from '../../fixtures/fake-listener.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';
import type { NumberClock } from '../../fixtures/number-clock.js';

const FAR_OFF_MS = 1_000_000;

/** What a ticket says, where it matters. */
export interface Proof {
  readonly incarnation?: string;
  readonly epoch?: number;
  readonly groupId?: string;
  readonly userId?: string;
  readonly expiresAtMs?: number;
}

export class Scene {
  /** Of the tracker. */
  nowMs = 0;
  readonly broken: { readonly offer: Offer; readonly error: WireError }[] = [];
  readonly taken: ClientEvent[] = [];
  readonly takers = new Takers(() => undefined);
  readonly listener = new FakeListener();
  readonly uploads: Uploads;

  /** Without a clock no time passes here. */
  constructor(t: Test, clock?: NumberClock) {
    const events = {
      onOfferBroken: (offer: Offer, error: WireError) => void this.broken.push({ offer, error }),
    };
    const taken = new TakenFiles({
      emit: (event) => void this.taken.push(event),
      nowMs: () => 0,
      later: () => () => undefined,
    });
    const clocks = { trackerMs: () => this.nowMs, steadyMs: () => clock?.nowMs ?? 0 };
    this.uploads = new Uploads(events, clocks, { taken, takers: this.takers });
    this.uploads.addListener(this.listener);
    for (const groupId of ['chess', 'music', 'cooking']) this.stand(groupId, 0);
    t.teardown(() => this.uploads.close());
  }

  /** The tracker says how a group stands. */
  stand(groupId: string, epoch: number, ...removedUsers: string[]): void {
    this.uploads.onStanding({ groupId, ...at(epoch) }, removedUsers);
  }

  offer(groupId: string, fileId: string, firstFd?: number, pieces?: Bitfield): FakeOffer {
    const offer = new FakeOffer(groupId, fileId, firstFd, pieces);
    this.uploads.offer(offer);
    return offer;
  }

  /** A session shows a ticket that its listener has checked. */
  prove(session: number, proof: Proof = {}, listener = this.listener): void {
    this.uploads.onMessage(listener, {
      type: 'proven',
      session,
      userId: proof.userId ?? `user ${session}`,
      deviceId: `device ${session}`,
      groupId: proof.groupId ?? 'chess',
      incarnation: proof.incarnation ?? INCARNATION,
      epoch: proof.epoch ?? 1,
      expiresAtMs: proof.expiresAtMs ?? FAR_OFF_MS,
      remote: 'here:1',
    });
  }

  /** A session asks for a file; what it is answered. */
  async open(session: number, fileId: string, fileRef = 0): Promise<MainToListener> {
    this.ask(session, fileId, fileRef);
    return this.listener.posted.next();
  }

  ask(session: number, fileId: string, fileRef = 0): void {
    this.uploads.onMessage(this.listener, { type: 'open', session, fileRef, fileId });
  }

  /** It asks for a file of `chess` by its name; what it is answered. */
  async find(session: number, name: string, fileRef = 0): Promise<MainToListener> {
    const find = { type: 'find', session, fileRef, nameHash: nameHash('chess', name) } as const;
    this.uploads.onMessage(this.listener, find);
    return this.listener.posted.next();
  }

  release(session: number, fileRef = 0, sentBytes = 0): void {
    this.uploads.onMessage(this.listener, { type: 'released', session, fileRef, sentBytes });
  }

  closed(session: number): void {
    this.uploads.onMessage(this.listener, { type: 'closed', session, reason: undefined });
  }
}
