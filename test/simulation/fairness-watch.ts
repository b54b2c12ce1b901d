/**
 * Watches that an upload limit is shared fairly: of users who all wait without a break, nobody is sent
 * more than a few blocks ahead of another.
 */
/** A user may be ahead by the block under way, and by what was sent before the other came. */
const MAX_BLOCKS_AHEAD = 3;

interface Session {
  readonly userId: string;
  readonly queue: { readonly hasRoom: boolean; readonly requests: readonly unknown[] };
}

export class FairnessWatch {
  readonly #boundBytes: number;
  readonly #onUnfair: (what: string) => void;
  /** Bytes sent to each of the users who have waited since the last of them came. */
  #sent = new Map<string, number>();
  /** The most that anybody was ahead. */
  worstBytes = 0;

  constructor(blockLength: number, onUnfair: (what: string) => void) {
    this.#boundBytes = MAX_BLOCKS_AHEAD * blockLength;
    this.#onUnfair = onUnfair;
  }

  /** A session is sent a block while these others may wait. */
  onServed(served: Session, sessions: Iterable<Session>, bytes: number): void {
    const waiting = new Set([served.userId]);
    for (const { userId, queue } of sessions) {
      if (queue.requests.length > 0 && queue.hasRoom) waiting.add(userId);
    }
    const isNew = [...waiting].some((userId) => !this.#sent.has(userId));
    if (isNew) this.#sent = new Map([...waiting].map((userId) => [userId, 0]));
    for (const userId of this.#sent.keys()) if (!waiting.has(userId)) this.#sent.delete(userId);
    this.#sent.set(served.userId, (this.#sent.get(served.userId) ?? 0) + bytes);
    const counts = [...this.#sent.values()];
    const ahead = Math.max(...counts) - Math.min(...counts);
    this.worstBytes = Math.max(this.worstBytes, ahead);
    if (ahead > this.#boundBytes) {
      this.#onUnfair(`a user was sent ${ahead} bytes more than another who waited as well`);
    }
  }
}
