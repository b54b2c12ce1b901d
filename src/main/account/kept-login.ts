/**
 * The login that a home keeps, as one client goes on with it. A client that keeps its own logins goes
 * on with it at any time; one that does not (the interactive client) does so once, if it was told the same
 * tracker: not after a login, a logout or a refusal of its own. Owns whether that once is over.
 */
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Home } from '../home/home.js';
import type { Account } from '../home/library-records.js';
import {
  clearSession,
  readSession,
  writeSession,
  type RememberedSession,
} from '../home/session-file.js';
import { addressText } from '../tracker-link/address-text.js';
import type { KnownTrackers } from '../tracker-link/known-trackers.js';

export interface KeptLoginOptions {
  readonly home: Home;
  /** The one tracker that a client was told which does not keep its logins. */
  readonly tracker: PeerAddress | undefined;
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
    const { remember, home, tracker } = this.#options;
    if (remember) return readSession(home);
    if (this.#hasMovedOn || tracker === undefined) return undefined;
    const kept = await readSession(home);
    if (kept === undefined) return undefined;
    const isOfThis =
      addressText(kept.tracker) === addressText(tracker) ||
      (await this.#knownTrackers.howMet(tracker))?.trackerId === kept.trackerId;
    return isOfThis ? { ...kept, tracker } : undefined;
  }

  /** This client has a session of its own now, or was refused the kept one. */
  moveOn(): void {
    this.#hasMovedOn = true;
  }

  /** Somebody has logged in. @throws StorageError */
  async keep(session: RememberedSession): Promise<void> {
    if (this.#options.remember) await writeSession(this.#options.home, session);
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
