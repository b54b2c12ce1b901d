/**
 * Who is served next, over all upload sessions of one thread. Without a rate limit every session
 * sends as fast as its peer reads. Under one, blocks go out one at a time: users have equal turns
 * (upload-turns.ts), and of what a session asks for goes out first what nobody else can give: what
 * this client has sent least often, and what fewest of the peers said they have. A seeder so spreads
 * distinct pieces, and its peers trade the rest among themselves (the aim of BEP 16, without hiding
 * anything from anybody).
 */
import { MAX_REMEMBERED_BLOCKS, MAX_REQUEST_WAIT_MS } from '../../net/limits.js';
import type { BlockRange } from '../../net/peer-frames.js';
import type { SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import { UploadTurns } from './upload-turns.js';

/** A request in a session's queue. */
export interface PendingRequest extends BlockRange {
  readonly fileId: string;
  /** When it came, of the clock handed in. */
  readonly atMs: number;
}

/** What the scheduler needs of a session. */
export interface ScheduledSession {
  /** Requests that wait, oldest first. */
  readonly requests: readonly PendingRequest[];
  readonly hasRoom: boolean;
  /**
   * Takes a request from the queue and answers it; calls back when another may follow. One that
   * waits, for a buffer or for its file, stays in the queue, and its session comes back.
   */
  answer(request: PendingRequest, onSent: () => void): Answer;
}

/** What became of a request. */
export type Answer = 'sent' | 'rejected' | 'waits';

export class UploadScheduler {
  readonly #limiter: Pick<SharedRateLimiter, 'isLimited'>;
  readonly #onLeft: (session: ScheduledSession) => void;
  readonly #nowMs: () => number;
  readonly #turns = new UploadTurns<ScheduledSession>();
  /** Sessions of which nothing can be answered yet; others go on meanwhile. */
  readonly #waiting = new Set<ScheduledSession>();
  /** How often a block was sent, and how many peers said they have a piece. */
  readonly #sentCounts = new Map<string, number>();
  readonly #peerCounts = new Map<string, number>();
  /** The session whose block is under way, under a limit. */
  #sending: ScheduledSession | undefined;
  #isPumping = false;

  /** `onLeft` hears when a block of a session is sent that has been removed meanwhile. */
  constructor(
    limiter: Pick<SharedRateLimiter, 'isLimited'>,
    nowMs: () => number,
    onLeft: (session: ScheduledSession) => void = nothing,
  ) {
    this.#limiter = limiter;
    this.#onLeft = onLeft;
    this.#nowMs = nowMs;
  }

  add(session: ScheduledSession, userId: string): void {
    this.#turns.add(session, userId);
  }

  /** Forgets a session; what it was being sent is over. */
  remove(session: ScheduledSession): void {
    this.#turns.remove(session);
    this.#waiting.delete(session);
    if (this.#sending !== session) return;
    this.#sending = undefined;
    this.#serveInTurn();
  }

  /** A peer says that it has a piece now. */
  onPeerHas(fileId: string, pieceIndex: number): void {
    count(this.#peerCounts, pieceKey(fileId, pieceIndex));
  }

  /** A session has requests and perhaps room: serve what may be served. */
  serve(session: ScheduledSession): void {
    this.#waiting.delete(session);
    if (this.#limiter.isLimited) this.#serveInTurn();
    else this.#serveAll(session);
  }

  #serveAll(session: ScheduledSession): void {
    while (session.hasRoom) {
      const [request] = session.requests;
      if (!request) return;
      if (session.answer(request, nothing) === 'waits') return;
    }
  }

  /** One block at a time; a loop, because a block without a wait ends within `answer`. */
  #serveInTurn(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#sending) {
      const session = this.#turns.next(this.#waiting);
      const request = session && this.#rarestOf(session);
      if (!request) break;
      this.#sending = session;
      const answer = session.answer(request, () => this.#onSent(session));
      if (answer === 'sent') this.#onServed(session, request);
      else this.#sending = undefined;
      if (answer === 'waits') this.#waiting.add(session);
    }
    this.#isPumping = false;
  }

  #onServed(session: ScheduledSession, request: PendingRequest): void {
    count(this.#sentCounts, blockKey(request));
    this.#turns.onServed(session, request.length);
  }

  #onSent(session: ScheduledSession): void {
    if (this.#sending !== session) {
      this.#onLeft(session);
      return;
    }
    this.#sending = undefined;
    this.#serveInTurn();
  }

  /** What nobody else can give, of what one session asks for. */
  #rarestOf({ requests }: ScheduledSession): PendingRequest | undefined {
    const nowMs = this.#nowMs();
    let [best] = requests;
    let bestScore = Infinity;
    for (const request of requests) {
      const score = this.#scoreOf(request, nowMs);
      if (score < bestScore) [best, bestScore] = [request, score];
    }
    return best;
  }

  /** Smaller is sooner. Whoever has waited long enough is served whatever they ask for. */
  #scoreOf(request: PendingRequest, nowMs: number): number {
    if (nowMs - request.atMs > MAX_REQUEST_WAIT_MS) return -1;
    const sent = this.#sentCounts.get(blockKey(request)) ?? 0;
    return sent + (this.#peerCounts.get(pieceKey(request.fileId, request.pieceIndex)) ?? 0);
  }
}

function nothing(): void {
  // Without a limit a session is served on as long as its peer reads.
}

function count(counts: Map<string, number>, key: string): void {
  // Forgetting makes the choice worse for a while, never wrong.
  if (counts.size >= MAX_REMEMBERED_BLOCKS) counts.clear();
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function pieceKey(fileId: string, pieceIndex: number): string {
  return `${fileId} ${pieceIndex}`;
}

function blockKey({ fileId, pieceIndex, offset }: PendingRequest): string {
  return `${pieceKey(fileId, pieceIndex)} ${offset}`;
}
