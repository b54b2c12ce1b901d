/**
 * The owner of what this client serves: which files are offered in which groups, and which
 * peers have them open. Listeners in the threads check tickets; whether a file may be served
 * to a session is decided here, and taken back here.
 *
 * A session: proven → (opens, releases files) → closed. An offer: offered → withdrawn.
 */
import type { Bitfield } from '../../net/bitfield.js';
import {
  P2pError,
  PeerError,
  toWireError,
  type ErrorCode,
  type WireError,
} from '../../net/errors.js';
import { TICKET_EPOCH_GRACE_MS } from '../../net/limits.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { ListenerToMain, MainToListener } from '../../workers/messages.js';
import type { OpenFile } from '../disk/open-files.js';

/** A file that may be served: on disk as a whole, or growing under a download. */
export interface Offer {
  readonly fileId: string;
  readonly groupId: string;
  readonly layout: PieceLayout;
  /** Pieces that may be read; a growing file adds to it and says so with `onPiecesGained`. */
  readonly pieces: Bitfield;
  /**
   * Opens the bytes for one session.
   * @throws StorageError FILE_CHANGED or FILE_NOT_FOUND when they are not what was shared
   */
  open(): Promise<OpenFile>;
}

/** One thread's listener, as seen from here. */
export interface ListenerPort {
  post(message: MainToListener): void;
}

/** What the engine wants to hear. */
export interface UploadEvents {
  /** An offered file turned out to be gone or changed; it is withdrawn already. */
  onOfferBroken(offer: Offer, error: WireError): void;
  onSent(bytes: number): void;
}

interface Session {
  readonly id: number;
  readonly listener: ListenerPort;
  readonly userId: string;
  readonly deviceId: string;
  readonly groupId: string;
  readonly remote: string;
  epoch: number;
  expiresAtMs: number;
  /** Files this session reads, by the number its peer gave them. */
  readonly files: Map<number, { readonly offer: Offer; readonly file: OpenFile }>;
}

/** How often sessions with outlived tickets are looked for. */
const SWEEP_INTERVAL_MS = 1_000;

export class Uploads {
  readonly #events: UploadEvents;
  readonly #nowMs: () => number;
  /** By group, then by file. */
  readonly #offers = new Map<string, Map<string, Offer>>();
  readonly #sessions = new Map<ListenerPort, Map<number, Session>>();
  /** The newest epoch known of each group, and since when (our clock). */
  readonly #epochs = new Map<string, { epoch: number; sinceMs: number }>();
  readonly #sweeper: NodeJS.Timeout;

  /** `nowMs` tells the tracker's time. */
  constructor(events: UploadEvents, nowMs: () => number) {
    this.#events = events;
    this.#nowMs = nowMs;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
  }

  get sessionCount(): number {
    let count = 0;
    for (const sessions of this.#sessions.values()) count += sessions.size;
    return count;
  }

  /** Every offer, for announcing them. */
  *offers(): Generator<Offer> {
    for (const files of this.#offers.values()) yield* files.values();
  }

  /** Serves a file in a group from now on; replaces an earlier offer of the same file. */
  offer(offer: Offer): void {
    const files = this.#offers.get(offer.groupId);
    if (files) files.set(offer.fileId, offer);
    else this.#offers.set(offer.groupId, new Map([[offer.fileId, offer]]));
  }

  hasOffer(groupId: string, fileId: string): boolean {
    return this.#offers.get(groupId)?.has(fileId) ?? false;
  }

  /** Stops serving what one download has verified; true when that was what is offered. */
  withdrawGrowing(groupId: string, fileId: string, verified: Bitfield): boolean {
    if (this.#offers.get(groupId)?.get(fileId)?.pieces !== verified) return false;
    this.withdraw(groupId, fileId, 'NO_SUCH_FILE');
    return true;
  }

  /** Stops serving a file in a group; sessions that read it are told. */
  withdraw(groupId: string, fileId: string, code: ErrorCode): void {
    this.#offers.get(groupId)?.delete(fileId);
    for (const session of this.#allSessions()) {
      if (session.groupId !== groupId) continue;
      for (const [fileRef, { offer }] of session.files) {
        if (offer.fileId === fileId) this.#withdrawFrom(session, fileRef, code);
      }
    }
  }

  /** Stops everything in a group: this user is no longer in it. */
  withdrawGroup(groupId: string, code: ErrorCode): void {
    this.#offers.delete(groupId);
    this.#epochs.delete(groupId);
    for (const session of this.#allSessions()) {
      if (session.groupId === groupId) this.#drop(session, code, 'this peer has left the group');
    }
  }

  /** Stops everything: the user has logged out. */
  withdrawAll(code: ErrorCode): void {
    for (const groupId of [...this.#offers.keys()]) this.withdrawGroup(groupId, code);
    for (const session of this.#allSessions())
      this.#drop(session, code, 'this peer serves nothing any more');
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
    if (this.#offers.get(groupId)?.get(fileId)?.pieces !== verified) return;
    for (const [listener, sessions] of this.#sessions) {
      if (sessions.size > 0) listener.post({ type: 'have', groupId, fileId, pieces });
    }
  }

  /** The tracker says that a group's epoch has risen, and who is out. */
  onEpoch(groupId: string, epoch: number, removedUsers: readonly string[]): void {
    this.#learnEpoch(groupId, epoch);
    for (const session of this.#allSessions()) {
      if (session.groupId === groupId && removedUsers.includes(session.userId)) {
        this.#drop(session, 'REVOKED', 'you are no longer a member of this group');
      }
    }
  }

  /** Adds a listener, whose messages go to `onMessage`. */
  addListener(listener: ListenerPort): void {
    this.#sessions.set(listener, new Map());
  }

  /** Handles what a listener says. */
  onMessage(listener: ListenerPort, message: Exclude<ListenerToMain, { type: 'listening' }>): void {
    const sessions = this.#sessions.get(listener);
    if (!sessions) return;
    if (message.type === 'proven') {
      this.#onProven(listener, sessions, message);
      return;
    }
    const session = sessions.get(message.session);
    if (!session) return;
    switch (message.type) {
      case 'open':
        void this.#onOpen(session, message.fileRef, message.fileId);
        return;
      case 'released':
        this.#onReleased(session, message.fileRef);
        return;
      case 'sent':
        this.#events.onSent(message.bytes);
        return;
      case 'read-failed':
        this.#onReadFailed(session, message.fileRef, message.error);
        return;
      case 'closed':
        // Files whose `opened` crossed with the end are still held; the session reads no more.
        for (const { file } of session.files.values()) void file.release();
        sessions.delete(session.id);
    }
  }

  /** Forgets a listener that has settled: none of its sessions knows an fd any more. */
  removeListener(listener: ListenerPort): void {
    for (const session of this.#sessions.get(listener)?.values() ?? []) {
      for (const { file } of session.files.values()) void file.release();
    }
    this.#sessions.delete(listener);
  }

  /** Stops the sweeper; listeners are closed by their owner. */
  close(): void {
    clearInterval(this.#sweeper);
  }

  #onProven(
    listener: ListenerPort,
    sessions: Map<number, Session>,
    proven: Extract<ListenerToMain, { type: 'proven' }>,
  ): void {
    const { session: id, userId, deviceId, groupId, epoch, expiresAtMs, remote } = proven;
    const known = sessions.get(id);
    if (known) {
      known.epoch = epoch;
      known.expiresAtMs = expiresAtMs;
    } else {
      const files: Session['files'] = new Map();
      sessions.set(id, {
        id,
        listener,
        userId,
        deviceId,
        groupId,
        remote,
        epoch,
        expiresAtMs,
        files,
      });
    }
    const newest = this.#epochs.get(groupId);
    if (newest && epoch < newest.epoch && !known) {
      this.#drop(
        sessions.get(id)!,
        'EPOCH_OUTDATED',
        'the ticket is older than the group’s last change; renew it',
      );
    } else {
      this.#learnEpoch(groupId, epoch);
    }
  }

  async #onOpen(session: Session, fileRef: number, fileId: string): Promise<void> {
    const offer = this.#offers.get(session.groupId)?.get(fileId);
    try {
      if (!offer) throw new PeerError('NO_SUCH_FILE', 'this file is not shared here');
      const file = await offer.open();
      if (this.#offers.get(session.groupId)?.get(fileId) !== offer || !this.#isKnown(session)) {
        await file.release();
        throw new PeerError('NO_SUCH_FILE', 'this file is not shared here any more');
      }
      session.files.set(fileRef, { offer, file });
      const { layout } = offer;
      const bits = offer.pieces.bytes.slice();
      session.listener.post({
        type: 'opened',
        session: session.id,
        fileRef,
        fd: file.fd,
        layout,
        bits,
      });
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      // A peer learns that the file is not to be had, never what our disk said about it.
      session.listener.post({
        type: 'refused',
        session: session.id,
        fileRef,
        error: { code: 'NO_SUCH_FILE', message: 'this file is not shared here' },
      });
      if (offer && !(error instanceof PeerError)) this.#break(offer, toWireError(error));
    }
  }

  #onReleased(session: Session, fileRef: number): void {
    const opened = session.files.get(fileRef);
    session.files.delete(fileRef);
    void opened?.file.release();
  }

  #onReadFailed(session: Session, fileRef: number, error: WireError): void {
    const opened = session.files.get(fileRef);
    if (opened) this.#break(opened.offer, error);
  }

  #break(offer: Offer, error: WireError): void {
    if (this.#offers.get(offer.groupId)?.get(offer.fileId) !== offer) return;
    this.withdraw(offer.groupId, offer.fileId, 'NO_SUCH_FILE');
    this.#events.onOfferBroken(offer, error);
  }

  #withdrawFrom(session: Session, fileRef: number, code: ErrorCode): void {
    const error = { code, message: 'this file is not shared here any more' };
    session.listener.post({ type: 'withdraw', session: session.id, fileRef, error });
  }

  #drop(session: Session, code: ErrorCode, message: string): void {
    session.listener.post({ type: 'drop', session: session.id, error: { code, message } });
  }

  #learnEpoch(groupId: string, epoch: number): void {
    const known = this.#epochs.get(groupId);
    if (!known || epoch > known.epoch) this.#epochs.set(groupId, { epoch, sinceMs: Date.now() });
  }

  /** Ends sessions whose ticket has expired, or is of an old epoch for longer than the grace. */
  #sweep(): void {
    const nowMs = this.#nowMs();
    for (const session of this.#allSessions()) {
      const newest = this.#epochs.get(session.groupId);
      if (session.expiresAtMs <= nowMs) {
        this.#drop(session, 'TICKET_EXPIRED', 'the ticket was not renewed in time');
      } else if (
        newest &&
        session.epoch < newest.epoch &&
        Date.now() - newest.sinceMs > TICKET_EPOCH_GRACE_MS
      ) {
        this.#drop(session, 'EPOCH_OUTDATED', 'the ticket was not renewed in time');
      }
    }
  }

  #isKnown(session: Session): boolean {
    return this.#sessions.get(session.listener)?.get(session.id) === session;
  }

  *#allSessions(): Generator<Session> {
    for (const sessions of this.#sessions.values()) yield* [...sessions.values()];
  }
}
