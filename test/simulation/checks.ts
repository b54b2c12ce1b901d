/**
 * What must hold in every simulated scenario:
 *   wrong-byte   what a client calls verified is right on its disk, and no honest peer sends else
 *   stall        while an honest peer that has something is connected, something comes
 *   waiting      no piece waits while an honest peer that has it is connected and idle
 *   fairness     an upload limit is shared among the users who wait (fairness-watch.ts)
 *   waste        few bytes come in vain
 *   presence     the tracker knows who has the file, also after a restart
 *   unfinished   everybody who can has the file in the end
 *   crash        nothing of ours throws
 */
import {
  INITIAL_PIPELINE_BYTES,
  MAX_PEERS_PER_PIECE,
  SNUB_AFTER_MS,
} from '../../src/net/limits.js';
import { pieceLengthAt } from '../../src/net/piece-layout.js';
import type { SimClient } from './sim-client.js';
import type { SimDownload } from './sim-download.js';
import type { SimPeerSession } from './sim-peer-session.js';
import type { World } from './world.js';

export type CheckName =
  'wrong-byte' | 'stall' | 'waiting' | 'fairness' | 'waste' | 'presence' | 'unfinished' | 'crash';

export interface Violation {
  readonly check: CheckName;
  readonly what: string;
}

/** How often it is looked whether pieces wait. */
export const LOOK_INTERVAL_MS = 1_000;
/** No piece waits for longer while somebody idle has it. */
export const MAX_PIECE_WAIT_MS = 20_000;
/** Nothing comes for so long only when the peers that could send are slow. */
const STALL_MS = 20_000 + SNUB_AFTER_MS;
/** A connected client is known for what it has after this long. */
const MAX_UNKNOWN_MS = 4_000;

/** Violations of one kind that are told of; one is enough to fail. */
const MAX_TOLD = 5;

interface Waiting {
  /** The sole peer that fetches the piece, or nobody. */
  readonly holder: string;
  readonly sinceMs: number;
}

export class Checks {
  readonly violations: Violation[] = [];
  readonly #waiting = new Map<SimDownload, Map<number, Waiting>>();
  #unknownSinceMs = new Map<SimClient, number>();
  #world: World | undefined;
  /** Bytes of the files that were completed, and bytes that came for them in vain. */
  wantedBytes = 0;
  wastedBytes = 0;
  longestWaitMs = 0;

  watch(world: World): void {
    this.#world = world;
    world.clock.every(LOOK_INTERVAL_MS, () => this.#look());
  }

  fail(check: CheckName, what: string): void {
    const { violations } = this;
    if (violations.filter((one) => one.check === check).length >= MAX_TOLD) return;
    violations.push({ check, what });
    this.#world?.trace(`VIOLATION ${check}: ${what}`);
  }

  /** A client counts a piece as on its disk. */
  onVerified({ deviceId, disk }: SimClient, piece: number): void {
    if (disk.hasRight(piece)) return;
    this.fail('wrong-byte', `${deviceId} counts piece ${piece}, and its disk has something else`);
  }

  /** A client says that a piece which a device sent is corrupt. */
  onBad({ deviceId, download }: SimClient, sender: string, piece: number): void {
    if (download) download.wastedBytes += pieceLengthAt(this.#world!.file.layout, piece);
    this.#world?.trace(`${deviceId} got a bad piece ${piece} from ${sender}`);
    if (this.#world?.client(sender)?.isHonest !== true) return;
    this.fail('wrong-byte', `${deviceId} got piece ${piece} corrupt from the honest ${sender}`);
  }

  onComplete({ deviceId }: SimClient, { swarm, wastedBytes, readyCount }: SimDownload): void {
    const { size } = swarm.pieceTable.layout;
    const wasted = wastedBytes + swarm.wastedBytes;
    this.wantedBytes += size;
    this.wastedBytes += wasted;
    if (wasted <= size + readyCount * INITIAL_PIPELINE_BYTES) return;
    this.fail('waste', `${deviceId} got ${wasted} bytes in vain for a file of ${size}`);
  }

  /** The scenario is over: everything should be done. */
  onEnd(): void {
    const { clients = [] } = this.#world ?? {};
    for (const { deviceId, pieces, isHonest, disk } of clients) {
      for (const piece of pieces.indexes()) {
        if (isHonest && !disk.hasRight(piece)) {
          this.fail(
            'wrong-byte',
            `${deviceId} keeps piece ${piece}, and its disk has something else`,
          );
        }
      }
      if (isHonest && !pieces.isFull) {
        this.fail('unfinished', `${deviceId} has ${pieces.count} of ${pieces.length} pieces`);
      }
    }
    for (const { deviceId } of this.unknown()) {
      this.fail('presence', `the tracker does not know that ${deviceId} has the file`);
    }
  }

  /** Clients that have something of the file, and the tracker does not know. */
  unknown(): SimClient[] {
    const { clients = [], tracker } = this.#world ?? {};
    const offered = new Set(tracker?.offers.map(({ deviceId }) => deviceId));
    return clients.filter(
      ({ deviceId, isUp, pieces }) => isUp && pieces.count > 0 && !offered.has(deviceId),
    );
  }

  #look(): void {
    this.#lookForUnknown();
    for (const client of this.#world?.clients ?? []) {
      const { download } = client;
      if (!download || download.isOver) continue;
      const sessions = this.#usefulSessions(download);
      this.#lookForStall(client, download, sessions);
      this.#lookForWaiting(client, download, sessions);
    }
  }

  /** Whoever is connected has told the tracker what it has, or is about to. */
  #lookForUnknown(): void {
    const nowMs = this.#world!.clock.now;
    const before = this.#unknownSinceMs;
    const unknown = this.unknown().filter(({ isConnected }) => isConnected);
    this.#unknownSinceMs = new Map(unknown.map((one) => [one, before.get(one) ?? nowMs]));
    for (const [{ deviceId }, sinceMs] of this.#unknownSinceMs) {
      if (nowMs - sinceMs <= MAX_UNKNOWN_MS) continue;
      this.fail('presence', `${deviceId} has pieces, is connected, and nobody is told of it`);
    }
  }

  /** Connections to honest peers that have what the download lacks. */
  #usefulSessions({ sessions, verified }: SimDownload): SimPeerSession[] {
    return [...sessions].filter(({ readySinceMs, peerDeviceId }) => {
      const peer = this.#world?.client(peerDeviceId);
      if (readySinceMs === undefined || !peer?.isHonest) return false;
      return [...peer.pieces.indexes()].some((piece) => !verified.has(piece));
    });
  }

  #lookForStall(
    { deviceId }: SimClient,
    download: SimDownload,
    sessions: readonly SimPeerSession[],
  ): void {
    const { clock, clients, file } = this.#world!;
    const ready = sessions.map(({ readySinceMs }) => readySinceMs!);
    const sinceMs = Math.max(download.gainedMs, Math.min(Infinity, ...ready));
    const quietMs = clock.now - sinceMs;
    if (quietMs <= STALL_MS) return;
    // Everybody may be asking the same peer, for as much as is asked for ahead.
    const share = Math.max(...sessions.map((session) => this.#shareOf(session)));
    const askedBytes = 10 * file.layout.pieceLength;
    if (quietMs <= STALL_MS + (askedBytes * 1000 * clients.length) / share) return;
    this.fail('stall', `${deviceId} gets nothing for ${Math.round(quietMs / 1000)} s`);
  }

  #shareOf({ peerDeviceId }: SimPeerSession): number {
    const { uploadLimit, rates } = this.#world!.client(peerDeviceId)!.plan;
    return Math.min(uploadLimit ?? Infinity, rates.upBytesPerSecond);
  }

  #lookForWaiting(
    { deviceId }: SimClient,
    download: SimDownload,
    sessions: readonly SimPeerSession[],
  ): void {
    const nowMs = this.#world!.clock.now;
    const table = download.swarm.pieceTable;
    const before = this.#waiting.get(download);
    const waiting = new Map<number, Waiting>();
    this.#waiting.set(download, waiting);
    const idle = sessions.filter(({ idleSinceMs = nowMs }) => idleSinceMs < nowMs);
    if (idle.length === 0) return;
    for (let piece = 0; piece < table.layout.pieceCount; piece++) {
      if (download.verified.has(piece)) continue;
      const holders = table.holdersOf(piece);
      if (holders.length >= MAX_PEERS_PER_PIECE) continue;
      const holder = holders.join();
      const known = before?.get(piece);
      const sinceMs = known?.holder === holder ? known.sinceMs : nowMs;
      const free = idle.filter(({ peerDeviceId }) => this.#has(peerDeviceId, piece));
      if (free.length === 0) continue;
      waiting.set(piece, { holder, sinceMs });
      const idleMs = Math.min(...free.map(({ idleSinceMs = nowMs }) => idleSinceMs));
      const waitMs = nowMs - Math.max(sinceMs, idleMs);
      this.longestWaitMs = Math.max(this.longestWaitMs, waitMs);
      if (waitMs <= MAX_PIECE_WAIT_MS) continue;
      const who = holder === '' ? 'nobody' : holder;
      this.fail('waiting', `${deviceId}: piece ${piece} waits for ${who}, others are idle`);
    }
  }

  #has(deviceId: string, piece: number): boolean {
    return this.#world?.client(deviceId)?.pieces.has(piece) === true;
  }
}
