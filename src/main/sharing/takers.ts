/**
 * Who takes what from this client, for whoever looks at it now: by device, with those that have taken something
 * before. Owns that table, and keeps so many of the latter; tells of each file that is opened and let go.
 *
 *   taking (has files open) ⇄ has taken → forgotten, the oldest first
 */
import { MAX_TAKERS_KEPT } from '../../net/limits.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { Taker } from '../api/takers.js';
import type { Offer } from './offers.js';
import { OpenOffers } from './open-offers.js';
import type { UploadSession } from './upload-sessions.js';

type TakingSession = Pick<UploadSession, 'userId' | 'deviceId' | 'remote' | 'way'>;

interface Row {
  /** The session that opened something last. */
  session: TakingSession;
  readonly open: OpenOffers;
  /** As its threads have told. */
  sent: number;
  /** Of that, bytes of files that it has let go, each counted once. */
  taken: number;
  takenFiles: number;
  lastTaken: Offer | undefined;
}

export class Takers {
  /** In the order in which they began to take something. */
  readonly #rows = new Map<string, Row>();
  readonly #emit: ClientEventListener;

  constructor(emit: ClientEventListener) {
    this.#emit = emit;
  }

  /** A connection of this device has opened a file. */
  onOpened(session: TakingSession, offer: Offer): void {
    const key = keyOf(session);
    const begun = { open: new OpenOffers(), sent: 0, taken: 0, takenFiles: 0 };
    const row = this.#rows.get(key) ?? { session, ...begun, lastTaken: undefined };
    row.session = session;
    row.open.onOpened(offer);
    this.#rows.set(key, row);
    this.#forgetOldest();
    this.#emit({ type: 'take-started', ...takeOf(session, offer) });
  }

  /** It was sent more. */
  onSent(session: TakingSession, bytes: number): void {
    const row = this.#rows.get(keyOf(session));
    if (row) row.sent += bytes;
  }

  /** It has let a file go, of which it was sent so many bytes. */
  onReleased(session: TakingSession, offer: Offer, bytes: number): void {
    this.#emit({ type: 'take-ended', ...takeOf(session, offer), bytes });
    const key = keyOf(session);
    const row = this.#rows.get(key);
    const read = row?.open.onReleased(offer, bytes);
    if (!row || !read) return;
    if (read.bytes > 0) {
      row.taken += Math.min(read.bytes, offer.layout.size);
      // What is gone on with, after a break, is one file.
      if (row.lastTaken?.fileId !== offer.fileId) row.takenFiles++;
      row.lastTaken = offer;
    }
    // Who got nothing, because it had all or got it from others, has taken nothing.
    if (row.open.count === 0 && sentTo(row) === 0) this.#rows.delete(key);
  }

  /** Those that take something just now first. */
  list(): readonly Taker[] {
    const takers = [...this.#rows.values()].map(takerOf);
    return [
      ...takers.filter(({ isTaking }) => isTaking),
      ...takers.filter(({ isTaking }) => !isTaking),
    ];
  }

  #forgetOldest(): void {
    if (this.#rows.size <= MAX_TAKERS_KEPT) return;
    for (const [key, { open }] of this.#rows) {
      if (open.count === 0) return void this.#rows.delete(key);
    }
  }
}

/** One file that one connection reads. */
function takeOf({ userId, deviceId, remote, way }: TakingSession, offer: Offer) {
  const { groupId, name: fileName, layout } = offer;
  const from = { userId, deviceId, address: remote, ...(way && { way }) };
  return { ...from, groupId, fileName, size: layout.size };
}

function takerOf(row: Row): Taker {
  const { session, open } = row;
  const { userId, deviceId, remote, way } = session;
  const isTaking = open.count > 0;
  const files = isTaking ? open.count : row.takenFiles;
  const fileName = (isTaking ? open.all[0]?.offer : row.lastTaken)?.name;
  const waiting = open.all.reduce((sum, { offer }) => sum + offer.layout.size, 0);
  return {
    ...{ userId, deviceId, remote },
    ...(way && { way }),
    ...{ isTaking, files },
    ...(files === 1 && fileName !== undefined && { fileName }),
    ...{ sent: sentTo(row), wanted: row.taken + waiting },
  };
}

/** What is told once a second may come after what is told of a file that was let go. */
function sentTo({ sent, taken }: Row): number {
  return Math.max(sent, taken);
}

function keyOf({ userId, deviceId }: TakingSession): string {
  return JSON.stringify([userId, deviceId]);
}
