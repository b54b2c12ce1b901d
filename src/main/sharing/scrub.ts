/**
 * Reads everything that is shared, a little at a time and only while no transfer runs, to find what a
 * disk has lost without a word. What it finds is taken back by shares.ts at once. Owns where it is;
 * that is kept in the library, so that it goes on after a restart.
 *
 *   stopped → running (reads, rests, waits for transfers) → stopped
 */
import { decodeDescription } from '../../net/description.js';
import { CancelledError, P2pError } from '../../net/errors.js';
import { IDLE_READ_BYTES, MAX_SCRUB_SLEEP_MS, SCRUB_SAVE_INTERVAL_MS } from '../../net/limits.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare, ScrubPosition } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import type { Pace } from './idle-pace.js';
import { ScrubSchedule } from './scrub-schedule.js';
import { checkFile } from './share-check.js';
import { lookAt } from './share-look.js';
import type { Shares } from './shares.js';

export interface ScrubOptions {
  readonly library: () => Promise<Library>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
  readonly shares: Pick<Shares, 'onChecked'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly pace: Pace;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One run: of one user, from a login to the end of it. */
interface Run {
  readonly account: Account;
  readonly library: Library;
  readonly schedule: ScrubSchedule;
  readonly signal: AbortSignal;
  savedAtMs: number;
}

export class Scrub {
  readonly #options: ScrubOptions;
  #ending: AbortController | undefined;

  constructor(options: ScrubOptions) {
    this.#options = options;
  }

  /** Runs for this user from now on, in place of whoever it ran for. */
  start(account: Account): void {
    this.stop();
    const ending = new AbortController();
    this.#ending = ending;
    this.#options.background.run(() => this.#run(account, ending.signal));
  }

  /** Ends; where it is was noted a moment ago. Idempotent. */
  stop(): void {
    this.#ending?.abort(new CancelledError('the scrub was stopped'));
    this.#ending = undefined;
  }

  async #run(account: Account, signal: AbortSignal): Promise<void> {
    const library = await this.#options.library();
    const schedule = new ScrubSchedule(library.scrubRound(account));
    const run: Run = { account, library, schedule, signal, savedAtMs: -Infinity };
    try {
      while (!signal.aborted) await this.#step(run);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #step(run: Run): Promise<void> {
    const { nowMs, sleep } = this.#options;
    const { schedule, signal } = run;
    const step = schedule.step(nowMs());
    if (step.kind === 'rest') return sleep(Math.min(step.ms, MAX_SCRUB_SLEEP_MS), signal);
    const share = shareAt(run, step.from);
    if (share) await this.#read(run, share, isAt(share, step.from) ? step.from.piece : 0);
    signal.throwIfAborted();
    const [next] = share ? run.library.sharesAfter(run.account, share, 1) : [];
    await this.#reach(run, next && { groupId: next.groupId, name: next.name, piece: 0 });
  }

  /** Reads one file, unless something else is known to be wrong with it. */
  async #read(run: Run, share: LibraryShare, firstPiece: number): Promise<void> {
    const { hashing, pace, shares } = this.#options;
    const { library, account, signal } = run;
    const encoded = library.description(share.fileId);
    if (!encoded || (await lookAt(share, library)).state !== 'same') return;
    const { groupId, name } = share;
    const file = { ...share, description: decodeDescription(encoded) };
    try {
      const check = await checkFile(hashing, file, {
        windowBytes: IDLE_READ_BYTES,
        onWindow: async (_bytes, tookMs, piece) => {
          await this.#reach(run, { groupId, name, piece });
          await pace.rest(tookMs, signal);
        },
        firstPiece,
        signal,
      });
      if (signal.aborted || check.state === 'whole' || check.state === 'unsteady') return;
      await shares.onChecked(account, share, check);
    } catch (error) {
      // A file that cannot be read for now has its turn in the next round.
      if (signal.aborted || !(error instanceof P2pError)) throw error;
    }
  }

  /** It is there; noted now and then, because each note waits for the disk. */
  async #reach(run: Run, next: ScrubPosition | undefined): Promise<void> {
    const { library, account, schedule } = run;
    schedule.onReached(next);
    const nowMs = this.#options.nowMs();
    // A clock that was set back is no reason to note nothing.
    const isDue = Math.abs(nowMs - run.savedAtMs) >= SCRUB_SAVE_INTERVAL_MS || next === undefined;
    const { round } = schedule;
    if (!isDue || !round) return;
    run.savedAtMs = nowMs;
    await library.gather(() => library.saveScrubRound(account, round));
  }
}

/** The share at a place, or the first one after it. */
function shareAt({ library, account }: Run, place: ScrubPosition): LibraryShare | undefined {
  const there = library.share(account, place.groupId, place.name);
  return there ?? library.sharesAfter(account, place, 1)[0];
}

function isAt(share: LibraryShare, { groupId, name }: ScrubPosition): boolean {
  return share.groupId === groupId && share.name === name;
}
