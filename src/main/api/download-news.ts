/**
 * Makes of the progress of one download, looked at again and again, what has happened in between. Pure: the clock
 * is handed in. Life: made → over.
 */
import { EVENT_PROGRESS_INTERVAL_MS } from '../../net/limits.js';
import type { WorkEvent } from './detail-events.js';
import type { DownloadProgress, DownloadSummary, PeerProgress } from './progress.js';

type Facts = Pick<DownloadProgress, 'id' | 'groupId' | 'fileName'>;

type Fault = NonNullable<DownloadProgress['error']>;

/** What was told of a peer. */
interface ToldPeer {
  readonly state: PeerProgress['state'];
  readonly way: PeerProgress['way'];
  readonly badPieces: number;
}

const MOVING: ReadonlySet<DownloadProgress['state']> = new Set([
  ...(['checking', 'copying', 'downloading', 'finishing'] as const),
]);

export class DownloadNews {
  #isStarted: boolean;
  #isOver = false;
  #state: DownloadProgress['state'] | undefined;
  #toldAtMs = -Infinity;
  /** By device; no more than the download itself knows. */
  #peers: ReadonlyMap<string, ToldPeer> = new Map();

  /** Of one that was under way before anybody looked, the start is not told. */
  constructor({ isNew }: { readonly isNew: boolean }) {
    this.#isStarted = !isNew;
  }

  /** What has happened since the last look. */
  of(progress: DownloadProgress, nowMs: number): WorkEvent[] {
    if (this.#isOver) return [];
    const { state } = progress;
    const events = [...this.#start(progress), ...this.#peerNews(progress)];
    switch (state) {
      case 'complete': {
        const { path, size, fetched } = progress;
        return [...events, ...this.done(progress, { path, size, fetched })];
      }
      case 'failed':
      case 'cancelled':
      case 'paused':
        return [...events, ...this.failed(progress, progress.error ?? endedAs(state))];
      default:
        return [...events, ...this.#progressNews(progress, nowMs)];
    }
  }

  /** It is complete, whether or not a look has shown that. */
  done(
    { id, groupId, fileName }: Facts,
    { path, size, fetched }: Pick<DownloadSummary, 'path' | 'size' | 'fetched'>,
  ): WorkEvent[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    return [{ type: 'done', work: 'download', id, groupId, fileName, path, size, fetched }];
  }

  failed({ id, groupId, fileName }: Facts, error: Fault): WorkEvent[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    return [{ type: 'failed', work: 'download', id, groupId, fileName, error }];
  }

  #start({ id, groupId, fileName, path, size }: DownloadProgress): WorkEvent[] {
    if (this.#isStarted) return [];
    this.#isStarted = true;
    return [{ type: 'started', work: 'download', id, groupId, fileName, path, size }];
  }

  #progressNews(progress: DownloadProgress, nowMs: number): WorkEvent[] {
    const { id, groupId, fileName, state, size, verified: done, bytesPerSecond } = progress;
    const isDue = MOVING.has(state) && nowMs - this.#toldAtMs >= EVENT_PROGRESS_INTERVAL_MS;
    if (state === this.#state && !isDue) return [];
    this.#state = state;
    this.#toldAtMs = nowMs;
    const facts = { id, groupId, fileName, state, size, done, bytesPerSecond };
    return [{ type: 'progress', work: 'download', ...facts }];
  }

  #peerNews({ groupId, fileName, peers }: DownloadProgress): WorkEvent[] {
    const told = this.#peers;
    this.#peers = new Map(
      peers.map(({ deviceId, state, way, badPieces }) => [deviceId, { state, way, badPieces }]),
    );
    return peers.flatMap((peer) => {
      const { userId, deviceId, address, state, way, reason, badPieces } = peer;
      const before = told.get(deviceId);
      const events: WorkEvent[] = [];
      const pieces = badPieces - (before?.badPieces ?? 0);
      const whose = { groupId, fileName, userId, deviceId };
      if (pieces > 0) events.push({ type: 'piece-bad', ...whose, pieces });
      if (before?.state !== state || before.way !== way) {
        const more = { ...(way && { way }), ...(reason !== undefined && { reason }) };
        events.push({ type: 'peer', ...whose, address, state, ...more });
      }
      return events;
    });
  }
}

function endedAs(state: 'failed' | 'cancelled' | 'paused'): Fault {
  if (state === 'paused') return { code: 'PAUSED', message: 'the download is paused' };
  return { code: 'CANCELLED', message: 'the download has ended before it was complete' };
}
