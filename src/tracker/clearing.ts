/**
 * Removes what removals have left behind, a part in each turn, so that others have theirs between: the shares of members
 * who are out, the rows of groups that have ended, and behind these the contents that nothing uses any more. What is to
 * be removed is noted in the store, in the turn in which it was left, so a tracker that was killed goes on when it starts;
 * of several trackers on one database one is at each removal, and one at the contents.
 * Removals take turns, so that a large one holds up no other; those for whose end somebody waits have every second turn.
 *
 * Lifecycle: start → idle ⇄ clearing → close. It is woken by the turn that leaves something; now and then it looks by
 * itself, for what a tracker has left that is gone, or a turn of which it was not known whether it was one.
 */
import { detach } from '../net/detach.js';
import { bug } from '../net/errors.js';
import {
  CLEARING_LOOK_MS,
  CLEARING_PAUSE_MS,
  MAX_HURRIED_REMOVALS,
  REMOVAL_TURNS_BEFORE_CONTENTS,
} from '../net/limits.js';
import type { Clock } from './clock.js';
import type { PendingRemoval, RemovalPlace } from './store/stored.js';

export interface ClearingOptions {
  /** Takes a turn that removes something, from that place on, and says of what; undefined when there was nothing. */
  readonly clearSome: (from: RemovalPlace | undefined) => Promise<PendingRemoval | undefined>;
  /** Takes a turn that drops contents that nothing uses any more; false when there were none to drop now. */
  readonly dropContents: (besideRemovals: boolean) => Promise<boolean>;
  /** Why that could not be; it is tried again. */
  readonly onFailed: (error: unknown) => void;
  readonly delay: Clock['delay'];
}

export class Clearing {
  readonly #options: ClearingOptions;
  #cancelLook: (() => void) | undefined;
  /** Goes on until nothing is left. */
  #clearing: Promise<void> | undefined;
  /** The one that had the last turn that nobody waited for. */
  #last: PendingRemoval | undefined;
  /** Somebody waits for their end; the next one first. */
  readonly #hurried = new Map<string, PendingRemoval>();
  #wasHurried = false;
  /** So many turns have had removals since contents had one. */
  #removalTurns = 0;
  /** Contents could not be dropped since it was woken: removals go on without them. */
  #areContentsLeft = false;
  /** Something was left since that began its last turn. */
  #isWoken = false;
  #isClosed = false;

  constructor(options: ClearingOptions) {
    this.#options = options;
  }

  /** Something may be there to be removed. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isClosed || this.#clearing) return;
    this.#cancelLook?.();
    const clearing = (this.#clearing = this.#clear());
    detach(
      () => clearing,
      () => bug('what is left to be removed rejects'),
    );
  }

  /** Somebody waits for the end of this one. Beyond a number they wait as long as all others. */
  hurry(removal: PendingRemoval): void {
    const key = keyOf(removal);
    if (this.#hurried.has(key) || this.#hurried.size < MAX_HURRIED_REMOVALS)
      this.#hurried.set(key, removal);
    this.wake();
  }

  /** Resolves when the turn that goes on has ended; what is left is removed after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    await this.#clearing;
  }

  /** Never rejects. */
  async #clear(): Promise<void> {
    this.#areContentsLeft = false;
    try {
      do {
        this.#isWoken = false;
        while (!this.#isClosed && (await this.#takeTurn()));
      } while (this.#isWoken && !this.#isClosed);
      this.#rest(this.#areContentsLeft ? CLEARING_PAUSE_MS : CLEARING_LOOK_MS);
    } catch (error) {
      this.#options.onFailed(error);
      this.#rest(CLEARING_PAUSE_MS);
    }
  }

  /** False when there was nothing. Contents wait for removals, whose end somebody may wait for, but not for ever. */
  async #takeTurn(): Promise<boolean> {
    const isTheirs = this.#removalTurns === REMOVAL_TURNS_BEFORE_CONTENTS;
    if (!isTheirs && (await this.#takeRemovalTurn())) {
      this.#removalTurns++;
      return true;
    }
    this.#removalTurns = 0;
    return (await this.#takeContentTurn(isTheirs)) || isTheirs;
  }

  /** False when there were none. One that fails holds up nobody who waits for a removal. */
  async #takeContentTurn(besideRemovals: boolean): Promise<boolean> {
    if (this.#areContentsLeft) return false;
    try {
      return await this.#options.dropContents(besideRemovals);
    } catch (error) {
      this.#areContentsLeft = true;
      this.#options.onFailed(error);
      return false;
    }
  }

  /** False when there was nothing. */
  async #takeRemovalTurn(): Promise<boolean> {
    const [hurried] = this.#wasHurried ? [] : this.#hurried.values();
    this.#wasHurried = hurried !== undefined;
    if (hurried) await this.#takeHurried(hurried);
    else {
      const from = this.#last && { removal: this.#last, isIncluded: false };
      this.#last = await this.#options.clearSome(from);
    }
    return hurried !== undefined || this.#last !== undefined;
  }

  /** It is done, or somebody else is at it, when another one had its turn. */
  async #takeHurried(removal: PendingRemoval): Promise<void> {
    const key = keyOf(removal);
    const cleared = await this.#options.clearSome({ removal, isIncluded: true });
    this.#hurried.delete(key);
    if (cleared && keyOf(cleared) === key) this.#hurried.set(key, removal);
  }

  #rest(delayMs: number): void {
    this.#clearing = undefined;
    if (this.#isClosed) return;
    this.#cancelLook = this.#options.delay(() => this.wake(), delayMs);
  }
}

/** No id has a line break in it. */
function keyOf({ groupId, userId = '' }: PendingRemoval): string {
  return `${groupId}\n${userId}`;
}
