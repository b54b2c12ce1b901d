/**
 * The owner of what this client serves: which files are offered in which groups, and which
 * peers have them open. Listeners in the threads check tickets; whether a file may be served
 * to a session is decided here, and taken back here.
 *
 * A session: proven → (opens, releases files) → closed. An offer: offered → withdrawn.
 *
 * Just over 300 lines, because whatever may take back what was given has to be read together.
 */
import type { TrafficBytes } from '../../net/traffic.js';
import type { Bitfield } from '../../net/bitfield.js';
import { detach } from '../../net/detach.js';
import {
  P2pError,
  PeerError,
  toWireError,
  type ErrorCode,
  type WireError,
} from '../../net/errors.js';
import { faultOf } from '../../net/fault.js';
import type { GroupStanding } from '../../net/tracker-api.js';
import type { ListenerToMain } from '../../workers/messages/listener.js';
import { MeteredTraffic } from '../swarm/metered-traffic.js';
import { FileQuota, type ServedFile } from './file-quota.js';
import { Offers, type Offer } from './offers.js';
import { SecondLooks } from './second-looks.js';
import type { TakenFiles } from './taken-files.js';
import type { Takers } from './takers.js';
import { TicketEpochs, type TicketFlaw } from './ticket-epochs.js';
import {
  UploadSessions,
  type ListenerPort,
  type ProvenMessage,
  type UploadSession,
} from './upload-sessions.js';

/** What a listener says of its sessions. */
type SessionMessage = Exclude<ListenerToMain, { type: 'listening' | 'answered' | 'relayed' }>;

/** What a session asks for. */
type WantedFile = { readonly fileId: string } | { readonly nameHash: string };

/** What the engine wants to hear. */
export interface UploadEvents {
  /** An offered file turned out to be gone or changed; it is withdrawn already. */
  onOfferBroken(offer: Offer, error: WireError): void;
}

/** Tickets expire on the tracker's clock; how long something lasts is told by a steady one. */
export interface UploadClocks {
  trackerMs(): number;
  steadyMs(): number;
}

const flawTexts: Readonly<Record<TicketFlaw, string>> = {
  TICKET_INVALID: 'the ticket is of no group that this peer is in; ask the tracker for a fresh one',
  EPOCH_OUTDATED: 'the ticket is older than the group’s last change; renew it',
};

/** How often sessions with outlived tickets, and files that changed under their readers, are looked for. */
const SWEEP_INTERVAL_MS = 1_000;

export class Uploads {
  readonly #events: UploadEvents;
  readonly #clocks: UploadClocks;
  readonly #offers = new Offers();
  readonly #sessions = new UploadSessions();
  readonly #epochs = new TicketEpochs();
  readonly #looks = new SecondLooks((offer, error) => this.#break(offer, error));
  readonly #quota = new FileQuota();
  readonly #taken: TakenFiles;
  readonly #takers: Takers;
  readonly #sweeper: NodeJS.Timeout;
  readonly #traffic: MeteredTraffic;

  constructor(
    events: UploadEvents,
    clocks: UploadClocks,
    { taken, takers }: { readonly taken: TakenFiles; readonly takers: Takers },
  ) {
    this.#events = events;
    this.#clocks = clocks;
    this.#taken = taken;
    this.#takers = takers;
    this.#traffic = new MeteredTraffic(() => clocks.steadyMs());
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
  }

  /** Bytes of blocks that have left so far. */
  get sentBytes(): number {
    return this.#traffic.total;
  }

  /** The same by the way they went. */
  get sent(): TrafficBytes {
    return this.#traffic.bytes;
  }

  /** How fast they leave just now, by the way they go. */
  get sentBytesPerSecond(): TrafficBytes {
    return this.#traffic.bytesPerSecond;
  }

  /** Clients that are served. */
  get peerCount(): number {
    return this.#sessions.peerCount;
  }

  /** Every offer, for announcing them. */
  offers(): Iterable<Offer> {
    return this.#offers.all();
  }

  /** The groups in which anything is offered. */
  get groupIds(): readonly string[] {
    return this.#offers.groupIds;
  }

  /** Serves a file in a group from now on; replaces an earlier offer of the same file. */
  offer(offer: Offer): void {
    const { groupId } = offer;
    const isNews = !this.#offers.hasGroup(groupId);
    this.#offers.put(offer);
    if (isNews) this.#sessions.postToListeners({ type: 'group', groupId, isOffered: true });
  }

  hasOffer(groupId: string, fileId: string): boolean {
    return this.offerOf(groupId, fileId) !== undefined;
  }

  /** What is offered of a file in a group, if anything is. */
  offerOf(groupId: string, fileId: string): Offer | undefined {
    return this.#offers.get(groupId, fileId);
  }

  /** Stops serving what one download has verified; true when that was what is offered. */
  withdrawGrowing(groupId: string, fileId: string, verified: Bitfield): boolean {
    if (this.offerOf(groupId, fileId)?.pieces !== verified) return false;
    this.withdraw(groupId, fileId, 'NO_SUCH_FILE');
    return true;
  }

  /** Stops serving a file in a group; sessions that read it are told. */
  withdraw(groupId: string, fileId: string, code: ErrorCode): void {
    this.#offers.delete(groupId, fileId);
    this.#tellIfNothingIsLeft(groupId);
    for (const session of this.#sessions.ofGroup(groupId)) {
      for (const [fileRef, { offer }] of session.files) {
        if (offer.fileId === fileId) this.#withdrawFrom(session, fileRef, code);
      }
    }
  }

  /** Stops everything in a group: this user is no longer in it. */
  withdrawGroup(groupId: string, code: ErrorCode): void {
    this.#offers.deleteGroup(groupId);
    this.#tellIfNothingIsLeft(groupId);
    this.#epochs.forget(groupId);
    this.#sessions.postToListeners({ type: 'expel', groupId });
    for (const session of this.#sessions.ofGroup(groupId)) {
      this.#drop(session, code, 'this peer has left the group');
    }
  }

  /** Stops everything: the user has logged out. */
  withdrawAll(code: ErrorCode): void {
    for (const groupId of this.#offers.groupIds) this.withdrawGroup(groupId, code);
    for (const session of this.#sessions.all()) {
      this.#drop(session, code, 'this peer serves nothing any more');
    }
    this.#sessions.postToListeners({ type: 'expel' });
    // The next login may be with another tracker, whose groups have epochs of their own.
    this.#epochs.clear();
  }

  /**
   * Tells every listener which pieces a growing file has gained. `verified` says whose they are:
   * of two downloads of one file only the first is offered, and only its bytes are served.
   */
  onPiecesGained(
    groupId: string,
    fileId: string,
    verified: Bitfield,
    pieces: readonly number[],
  ): void {
    if (this.offerOf(groupId, fileId)?.pieces !== verified) return;
    this.#sessions.postAll({ type: 'have', groupId, fileId, pieces });
  }

  /** The tracker says how a group of this user stands; and who went with that epoch, unless this client was away. */
  onStanding(standing: GroupStanding, removed?: readonly string[]): void {
    const { groupId } = standing;
    const removedUsers = removed ?? [];
    const isListed = removed !== undefined;
    if (!this.#epochs.learn(standing, this.#clocks.steadyMs(), isListed)) {
      // No ticket is shown again of what is relayed: who is still in meets anew.
      this.#sessions.postToListeners({ type: 'expel', groupId });
    } else if (removedUsers.length > 0) {
      this.#sessions.postToListeners({ type: 'expel', groupId, userIds: removedUsers });
    }
    for (const session of this.#sessions.ofGroup(groupId)) {
      if (removedUsers.includes(session.userId)) {
        this.#drop(session, 'REVOKED', 'you are no longer a member of this group');
      } else if (session.incarnation !== standing.incarnation) {
        this.#drop(session, 'TICKET_INVALID', flawTexts.TICKET_INVALID);
      }
    }
  }

  /** True when anything is offered in a group. */
  hasOffersIn(groupId: string): boolean {
    return this.#offers.hasGroup(groupId);
  }

  /** Adds a listener, whose messages go to `onMessage`. */
  addListener(listener: ListenerPort): void {
    this.#sessions.addListener(listener);
    for (const groupId of this.#offers.groupIds)
      listener.post({ type: 'group', groupId, isOffered: true });
  }

  /** Handles what a listener says. */
  onMessage(listener: ListenerPort, message: SessionMessage): void {
    if (message.type === 'proven') {
      this.#onProven(listener, message);
      return;
    }
    if (message.type === 'meet') {
      const isLetIn = this.#epochs.flawOf(message) === undefined;
      listener.post({ type: 'meeting', session: message.session, isLetIn });
      return;
    }
    const session = this.#sessions.find(listener, message.session);
    if (!session) return;
    switch (message.type) {
      case 'open':
      case 'find':
        this.#onOpen(session, message.fileRef, message);
        return;
      case 'released':
        this.#onReleased(session, message.fileRef, message.sentBytes);
        return;
      case 'sent':
        this.#traffic.add(session.traffic, message.bytes);
        this.#takers.onSent(session, message.bytes);
        this.#looks.onSent(session);
        return;
      case 'read-failed':
        this.#onReadFailed(session, message.fileRef, message.error);
        return;
      case 'closed':
        this.#forgetFiles(session);
        this.#sessions.close(session);
    }
  }

  /** Forgets a listener that has settled: none of its sessions knows a content any more. */
  removeListener(listener: ListenerPort): void {
    for (const session of this.#sessions.of(listener)) this.#forgetFiles(session);
    this.#sessions.removeListener(listener);
  }

  /** Stops the sweeper; listeners are closed by their owner. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#taken.close();
  }

  /** A ticket of such a group is refused before it takes a place. */
  #tellIfNothingIsLeft(groupId: string): void {
    if (this.#offers.hasGroup(groupId)) return;
    this.#sessions.postToListeners({ type: 'group', groupId, isOffered: false });
  }

  #onProven(listener: ListenerPort, message: ProvenMessage): void {
    const proven = this.#sessions.onProven(listener, message);
    if (!proven) return;
    const { session, isNew } = proven;
    const flaw = isNew ? this.#epochs.flawOf(session) : undefined;
    if (flaw) this.#drop(session, flaw, flawTexts[flaw]);
    else this.#epochs.learnFrom(session, this.#clocks.steadyMs());
  }

  #onOpen(session: UploadSession, fileRef: number, wanted: WantedFile): void {
    this.#open(session, fileRef, wanted).catch((error: unknown) => {
      // Whatever it was, what this session asked for brought it out.
      this.#sessions.drop(session, faultOf(error));
    });
  }

  async #open(session: UploadSession, fileRef: number, wanted: WantedFile): Promise<void> {
    if ('nameHash' in wanted) await this.#offers.indexNames(session.groupId);
    const offer = this.#offerFor(session, wanted);
    try {
      if (!offer) throw new PeerError('NO_SUCH_FILE', 'this file is not shared here');
      const file = await this.#quota.open(session.userId, () => offer.open());
      // While it was being opened it may have been taken back, or a complete file may have taken
      // the place of the growing one.
      const present = this.#offerFor(session, wanted);
      if (present !== offer) {
        file.release();
        if (present) return await this.#open(session, fileRef, wanted);
        throw new PeerError('NO_SUCH_FILE', 'this file is not shared here any more');
      }
      session.files.set(fileRef, { offer, file });
      this.#taken.onOpened(session.userId, offer);
      this.#takers.onOpened(session, offer);
      this.#tellOpened(session, fileRef, offer, file);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      // A peer learns that the file is not to be had, never what our disk said about it.
      const code = error.code === 'BUSY' ? 'BUSY' : 'NO_SUCH_FILE';
      const refusal = { code, message: 'this file is not shared here' } as const;
      session.listener.post({ type: 'refused', session: session.id, fileRef, error: refusal });
      if (offer && !(error instanceof PeerError)) this.#break(offer, toWireError(error));
    }
  }

  #tellOpened(
    { listener, id }: UploadSession,
    fileRef: number,
    offer: Offer,
    { content }: ServedFile,
  ): void {
    const bits = offer.pieces.bytes.slice();
    const { fileId, layout } = offer;
    listener.post({ type: 'opened', session: id, fileRef, fileId, content, layout, bits });
  }

  /** The present offer of a file, if this session may still have it. */
  #offerFor(session: UploadSession, wanted: WantedFile): Offer | undefined {
    const isGone = session.isDropped || !this.#sessions.has(session);
    if (isGone || session.expiresAtMs <= this.#clocks.trackerMs()) return undefined;
    if ('fileId' in wanted) return this.offerOf(session.groupId, wanted.fileId);
    const offer = this.#offers.named(session.groupId, wanted.nameHash);
    // How a folder is cut takes its description, which comes of the tracker.
    return offer?.layout.lengths ? undefined : offer;
  }

  #onReleased(session: UploadSession, fileRef: number, sentBytes: number): void {
    const opened = session.files.get(fileRef);
    if (!opened) return;
    session.files.delete(fileRef);
    opened.file.release();
    this.#tellReleased(session, opened.offer, sentBytes);
  }

  /** Of a session that has ended: its thread never knew of these. */
  #forgetFiles(session: UploadSession): void {
    for (const { offer } of session.files.values()) this.#tellReleased(session, offer, 0);
  }

  #tellReleased(session: UploadSession, offer: Offer, sentBytes: number): void {
    this.#taken.onReleased(session.userId, offer, sentBytes);
    this.#takers.onReleased(session, offer, sentBytes);
  }

  #onReadFailed(session: UploadSession, fileRef: number, error: WireError): void {
    const opened = session.files.get(fileRef);
    if (opened) this.#break(opened.offer, error);
  }

  #break(offer: Offer, error: WireError): void {
    if (this.offerOf(offer.groupId, offer.fileId) !== offer) return;
    this.withdraw(offer.groupId, offer.fileId, 'NO_SUCH_FILE');
    this.#events.onOfferBroken(offer, error);
  }

  #withdrawFrom(session: UploadSession, fileRef: number, code: ErrorCode): void {
    const error = { code, message: 'this file is not shared here any more' };
    session.listener.post({ type: 'withdraw', session: session.id, fileRef, error });
  }

  #drop(session: UploadSession, code: ErrorCode, message: string): void {
    this.#sessions.drop(session, { code, message });
  }

  /**
   * Ends sessions whose ticket has expired, or is of an old epoch for longer than the grace; looks
   * whether what is being read has changed.
   */
  #sweep(): void {
    detach(() => this.#looks.look(), faultOf);
    const [trackerNowMs, nowMs] = [this.#clocks.trackerMs(), this.#clocks.steadyMs()];
    for (const session of this.#sessions.all()) {
      const code = this.#epochs.lapseOf(session, trackerNowMs, nowMs);
      if (code) this.#drop(session, code, 'the ticket was not renewed in time');
    }
  }
}
