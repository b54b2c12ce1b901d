/**
 * The upload sessions of one thread by the limits that hold for them: those that share their limits are in one lane,
 * and have turns among themselves (UploadScheduler), so that a group with a small limit holds up no other. A session
 * changes its lane as limits are set and taken away.
 */
import type { Limiter, WayLimiter } from '../dialling/way-limiter.js';
import { UploadScheduler, type ScheduledSession } from './upload-scheduler.js';

type LaneLimiter = Limiter & Pick<WayLimiter, 'lane'>;

interface InLane {
  readonly userId: string;
  readonly limiter: LaneLimiter;
  name: string;
  scheduler: UploadScheduler;
}

export class UploadLanes {
  readonly #nowMs: () => number;
  /** A few, because few groups have limits; an empty one stays, for the next session. */
  readonly #lanes = new Map<string, UploadScheduler>();
  readonly #sessions = new Map<ScheduledSession, InLane>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A session is proven: `limiter` says what holds for it. */
  add(session: ScheduledSession, userId: string, limiter: LaneLimiter): void {
    const name = limiter.lane;
    const scheduler = this.#laneOf(name, limiter);
    this.#sessions.set(session, { userId, limiter, name, scheduler });
    scheduler.add(session, userId);
  }

  /** Forgets a session; what it was being sent is over. */
  remove(session: ScheduledSession): void {
    this.#sessions.get(session)?.scheduler.remove(session);
    this.#sessions.delete(session);
  }

  /** A peer says that it has a piece now. */
  onPeerHas(fileId: string, pieceIndex: number): void {
    for (const scheduler of this.#lanes.values()) scheduler.onPeerHas(fileId, pieceIndex);
  }

  /** A session has requests and perhaps room: serve what may be served. */
  serve(session: ScheduledSession): void {
    const at = this.#sessions.get(session);
    if (!at) return;
    const name = at.limiter.lane;
    if (name !== at.name) {
      at.scheduler.remove(session);
      at.name = name;
      at.scheduler = this.#laneOf(name, at.limiter);
      at.scheduler.add(session, at.userId);
    }
    at.scheduler.serve(session);
  }

  #laneOf(name: string, limiter: LaneLimiter): UploadScheduler {
    const known = this.#lanes.get(name);
    if (known) return known;
    // That the lane has the limits of its first session is what makes it one.
    const isLimited = (): boolean => name !== limiter.lane || limiter.isLimited;
    const lane = new UploadScheduler(
      {
        get isLimited() {
          return isLimited();
        },
      },
      this.#nowMs,
      (session) => this.serve(session),
    );
    this.#lanes.set(name, lane);
    return lane;
  }
}
