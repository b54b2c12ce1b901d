/**
 * The login that a home keeps, as one client goes on with it. A client that keeps its own logins goes
 * on with it at any time; one that does not (the interactive client) does so once, if it was told the same
 * tracker: not after a login, a logout or a refusal of its own. Owns whether that once is over.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Home } from '../home/home.js';
import type { Account } from '../home/library-records.js';
import {
  clearSession,
  readSession,
  updateSession,
  writeSession,
  type RememberedSession,
} from '../home/session-file.js';
import { P2pError } from '../../net/errors.js';
import type { KnownTrackers } from '../tracker-link/known-trackers.js';
import { hasAddress, keptOf, placesKept, type TrackerPlaces } from './tracker-places.js';

export interface KeptLoginOptions {
  readonly home: Home;
  /** Where the one tracker is that a client was told which does not keep its logins. */
  readonly trackers: readonly PeerAddress[];
  /** Whether logins of this client are kept for later commands. */
  readonly remember: boolean;
}

export class KeptLogin {
  readonly #options: KeptLoginOptions;
  readonly #knownTrackers: Pick<KnownTrackers, 'howMet'>;
  #hasMovedOn = false;

  constructor(options: KeptLoginOptions, knownTrackers: Pick<KnownTrackers, 'howMet'>) {
    this.#options = options;
    this.#knownTrackers = knownTrackers;
  }

  /** The login to go on with. @throws TrackerError NOT_LOGGED_IN when it is damaged */
  async find(): Promise<RememberedSession | undefined> {
    const { remember, home, trackers } = this.#options;
    if (remember) return readSession(home);
    const [tracker] = trackers;
    if (this.#hasMovedOn || tracker === undefined) return undefined;
    const kept = await readSession(home);
    if (kept === undefined || !(await this.#isOfThese(kept))) return undefined;
    const { learnt, userId, trackerId, token } = kept;
    const places = { said: trackers, learnt: learnt ?? [], worked: tracker, trackerId };
    return { ...keptOf(places), userId, trackerId, token };
  }

  async #isOfThese(kept: RememberedSession): Promise<boolean> {
    const { said } = placesKept(kept);
    for (const one of this.#options.trackers) {
      if (hasAddress([kept.tracker, ...said], one)) return true;
      if ((await this.#knownTrackers.howMet(one))?.trackerId === kept.trackerId) return true;
    }
    return false;
  }

  /** This client has a session of its own now, or was refused the kept one. */
  moveOn(): void {
    this.#hasMovedOn = true;
  }

  /** Somebody has logged in. @throws StorageError */
  async keep(session: RememberedSession): Promise<void> {
    if (this.#options.remember) await writeSession(this.#options.home, session);
  }

  /** The tracker is reached elsewhere than before, or has told so. Where it is is a hint: a login holds without it. */
  async keepPlaces(
    session: Pick<RememberedSession, 'trackerId' | 'userId' | 'token'>,
    places: TrackerPlaces,
  ): Promise<void> {
    if (!this.#options.remember) return;
    try {
      const before = await readSession(this.#options.home);
      const after = { ...session, ...keptOf(places) };
      // Somebody has logged in anew meanwhile, or nothing has changed.
      if (before?.token !== session.token || isDeepStrictEqual(before, after)) return;
      await updateSession(this.#options.home, after);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
    }
  }

  /** After a logout, which ends every login of that user on this device: also the kept one, if it is theirs. */
  async forget(ended: Account | undefined): Promise<void> {
    this.moveOn();
    const { remember, home } = this.#options;
    const kept = remember || ended === undefined ? undefined : await readSession(home);
    const isTheirs =
      kept !== undefined && kept.userId === ended?.userId && kept.trackerId === ended.trackerId;
    if (remember || isTheirs) await clearSession(home);
  }
}
