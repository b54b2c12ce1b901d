/**
 * This client's standing with its tracker: the link, and who is logged in over it. Connects
 * when first needed, resumes the session after every reconnect, remembers a one-shot login.
 *
 *   away → connected (nobody logged in) → logged in → away
 *
 * Well over 300 lines, because every way into a session and out of it is here, and only here.
 */
import { deferred, leaveToWaiters, whenSettled } from '../../net/deferred.js';
import { P2pError, StorageError, TrackerError, bug, toWireError } from '../../net/errors.js';
import type { PeerAddress, SessionInfo, TrackerMethods } from '../../net/tracker-api.js';
import { uptimeMs } from '../../net/uptime.js';
import type { ExpectedTracker, InviteLink } from '../api/invite-link.js';
import type { Home } from '../home/home.js';
import type { Meeting } from '../tracker-link/known-trackers.js';
import type { AddressLook } from '../tracker-link/tracker-addresses.js';
import type { TrackerCalls, TrackerPush } from '../tracker-link/tracker-calls.js';
import type { DeviceKey } from './device-key.js';
import { KeptLogin } from './kept-login.js';
import { openByKey, openOrMakeByKey, type NewKeyAccount } from './key-login.js';
import { LoginAttempts } from './login-attempts.js';
import {
  isEndOfSession,
  notLoggedIn,
  requireEncryption,
  requireSameTracker,
} from './session-terms.js';
import { TrackerDial, engineClosed, type DialEvent, type LinkMeeting } from './tracker-dial.js';
import {
  hasAddress,
  keptOf,
  placesKept,
  placesSaid,
  type TrackerPlaces,
} from './tracker-places.js';
import type { TrackerLink } from '../tracker-link/tracker-link.js';
import {
  moveSession,
  newSession,
  tellTime,
  type AccountLinkEvents,
  type AccountSession,
  type LoggedIn,
} from './account-session.js';

export interface AccountLinkOptions {
  readonly home: Home;
  /** What the client was told when it started, by preference; none where it goes by its home. */
  readonly trackers: readonly PeerAddress[];
  /** Whether logins are kept in the home for later commands; see EngineOptions. */
  readonly remember: boolean;
  /** A session in which peers talk otherwise is refused. */
  readonly peerTransport: 'tls' | undefined;
  readonly key: Pick<DeviceKey, 'load'>;
  readonly events: AccountLinkEvents;
}

/** How a session was come to. */
interface Entry {
  /** It was begun for this; else it was there, or resumed. */
  readonly isNewLogin: boolean;
  readonly isNewAccount: boolean;
}

export class AccountLink {
  readonly #options: AccountLinkOptions;
  readonly #dial: TrackerDial;
  #link: TrackerLink | undefined;
  #session: AccountSession | undefined;
  /** Set while a command waits for the first connection; later ones wait with it. */
  #connecting: Promise<TrackerLink> | undefined;
  /** Aborted by `disconnect`: a dial may take long, and nobody waits for it any more. */
  #givingUp = new AbortController();
  #isClosed = false;
  /** Of the link; stays when that is closed. */
  #meeting: LinkMeeting | undefined;
  readonly #attempts: LoginAttempts;
  readonly #kept: KeptLogin;
  /** Resolved when calls can go along with the dial of `#connecting`. */
  #early = deferred<TrackerCalls>();

  constructor(options: AccountLinkOptions) {
    this.#options = options;
    const { events } = options;
    const hooks = {
      onReconnected: (calls: TrackerCalls) => this.#resumeAgain(calls),
      onTime: (meeting: LinkMeeting, nowMs: number) => {
        // A login that is being tried at another tracker tells nothing of this one's time.
        if (this.#meeting === meeting) this.#onTime(nowMs);
      },
      onNotification: (push: TrackerPush) => events.onNotification(push),
      onEvent: (event: DialEvent) => events.onEvent(event),
    };
    this.#dial = new TrackerDial({ ...options, hooks });
    this.#attempts = new LoginAttempts(options.peerTransport);
    this.#kept = new KeptLogin(options, this.#dial.knownTrackers);
  }

  get session(): AccountSession | undefined {
    return this.#session;
  }

  get isConnected(): boolean {
    return this.#link?.isConnected ?? false;
  }

  /** Where the tracker was reached last, as an IP literal. */
  get trackerHost(): string | undefined {
    return this.#meeting?.host;
  }

  /** How the addresses of the tracker fared that was reached last; none before. */
  get addressLooks(): readonly AddressLook[] {
    return this.#meeting?.addresses.looks() ?? [];
  }

  /** Looks at those that are not in use. */
  async lookAtAddresses(): Promise<void> {
    const meeting = this.#meeting;
    const which = meeting && othersOf(meeting.addresses.all, meeting);
    if (which) await meeting.lookAt(which);
  }

  /** This machine has other addresses: a connection from one that has gone is dead. */
  onNetworkChanged(): void {
    this.#link?.onNetworkChanged();
  }

  /** Pings the tracker; false while it is not connected. `onAnswer`: see TrackerSocket. */
  ping(onAnswer: () => void): boolean {
    return this.#link?.ping(onAnswer) ?? false;
  }

  /** Now on the tracker's clock. */
  nowMs(): number {
    return uptimeMs() + (this.#session?.clockOffsetMs ?? 0);
  }

  /**
   * The calls of a logged-in session, resuming a remembered one when there is none yet.
   * @throws TrackerError NOT_LOGGED_IN, TRACKER_UNREACHABLE or IDENTITY_CHANGED
   */
  async calls(): Promise<TrackerCalls> {
    if (this.#session && this.#link) return this.#link;
    if (this.#isClosed) throw engineClosed();
    if (!this.#connecting) {
      this.#early = deferred();
      this.#connecting = this.#resumeRemembered().finally(() => (this.#connecting = undefined));
    }
    return this.#connecting;
  }

  /**
   * The same, as soon as something may be asked: it goes along with the dial, behind the resumption, and
   * is refused when that is. What it is answered is good only when `calls` has resolved too.
   */
  async earlyCalls(): Promise<TrackerCalls> {
    const connected = this.calls();
    // Without an attempt under way nothing is early: what an attempt of before used may be gone.
    return this.#connecting ? Promise.race([this.#early.promise, connected]) : connected;
  }

  /** The same for somebody who sits and waits: he is told after a moment that it is lost. */
  async promptCalls(): Promise<TrackerCalls> {
    const calls = await this.calls();
    await this.#link?.whenReadySoon();
    return calls;
  }

  /**
   * Resolves when the calls are there, or the tracker is being dialled: a good moment for work that
   * keeps this thread busy. @throws as `calls`, when nobody is dialled
   */
  async whileDialling(): Promise<void> {
    await Promise.race([this.#dial.dialling, this.calls()]);
  }

  /** The account that is logged in. @throws TrackerError NOT_LOGGED_IN */
  requireSession(): AccountSession {
    return this.#session ?? notLoggedIn();
  }

  /** Creates an account; nobody is logged in by it. */
  async createUser(
    trackers: readonly PeerAddress[],
    account: TrackerMethods['createUser']['params'],
  ): Promise<void> {
    const { signal } = this.#givingUp;
    const link =
      this.#session && this.#link
        ? this.#link
        : (await this.#connect(await this.#places(trackers), signal)).link;
    await link.call('createUser', account);
  }

  /**
   * Logs in, in place of whoever was logged in before. The password is tried on a link of its own:
   * one that is wrong changes nothing.
   */
  async login(
    trackers: readonly PeerAddress[],
    userId: string,
    password: string,
  ): Promise<AccountSession> {
    return this.#logIn(await this.#places(trackers), (calls) =>
      calls.call('login', { userId, password, calls: true }),
    );
  }

  /** The same by this device's key. @throws TrackerError NO_SUCH_USER */
  async loginByKey(trackers: readonly PeerAddress[], userId: string): Promise<AccountSession> {
    return this.#logIn(await this.#places(trackers), (calls) => openByKey(calls, userId));
  }

  /**
   * Sees to a session at the tracker of a link: the present one, or one by this device's key, with an account
   * that is made when the key opens none.
   */
  async enter(
    { tracker, expected }: Pick<InviteLink, 'tracker' | 'expected'>,
    account: NewKeyAccount,
  ): Promise<Entry> {
    const present = await this.whoIsLoggedIn();
    if (present) {
      requireSameTracker(present, await this.howMet(present), tracker, expected);
      try {
        await this.calls();
        return { isNewLogin: false, isNewAccount: false };
      } catch (error) {
        // A login of before has ended; the key may open the account all the same.
        if (!isEndOfSession(error)) throw error;
      }
    }
    let isNewAccount = false;
    const byKey = async (calls: TrackerCalls): Promise<TrackerMethods['login']['result']> => {
      const opened = await openOrMakeByKey(calls, account);
      isNewAccount = opened.isNewAccount;
      return opened.login;
    };
    await this.#logIn(placesSaid([tracker]), byKey, expected);
    return { isNewLogin: true, isNewAccount };
  }

  async #logIn(
    places: TrackerPlaces,
    logIn: (calls: TrackerCalls) => Promise<TrackerMethods['login']['result']>,
    expected?: ExpectedTracker,
  ): Promise<AccountSession> {
    const { signal } = this.#givingUp;
    const { link, meeting } = await this.#dial.dial(places, signal, { expected });
    const { token, ...info } = await this.#attempts.try(link, logIn);
    await this.#options.events.onReplacing(info.userId);
    await this.disconnect();
    if (this.#isClosed) {
      await link.close();
      throw engineClosed();
    }
    this.#link = link;
    this.#meeting = meeting;
    const session = this.#begin(newSession(link.trackerId, meeting, token, info));
    await this.#kept.keep({ ...keptOf(session.places), ...session.account, token });
    await this.#options.events.onSession(link, session, 'logged-in');
    // What the user says is wrong is said while the user is there.
    await meeting.lookAt(othersOf(meeting.addresses.said, meeting));
    return session;
  }

  /** How the tracker of whoever is logged in was met. @throws StorageError */
  async howMet({ places }: Pick<LoggedIn, 'places'>): Promise<Meeting | undefined> {
    return this.#dial.knownAs(places);
  }

  /** Who is logged in here, also while the tracker cannot be reached; nothing is dialled. */
  async whoIsLoggedIn(): Promise<LoggedIn | undefined> {
    if (this.#session) return this.#session;
    const remembered = await this.#kept.find();
    if (!remembered) return undefined;
    const { trackerId, userId, tracker } = remembered;
    return { account: { trackerId, userId }, tracker, places: placesKept(remembered) };
  }

  /**
   * Logs out: the token dies at the tracker, the remembered login is forgotten. Without the
   * tracker it is forgotten all the same.
   * @throws TrackerError NOT_LOGGED_IN
   */
  async logout(): Promise<void> {
    if ((await this.whoIsLoggedIn()) === undefined) notLoggedIn();
    try {
      await this.#tellOfLogout();
    } catch (error) {
      if (!(error instanceof P2pError) || error instanceof StorageError) throw error;
      this.#options.events.onEvent({ type: 'logout-untold', error: toWireError(error) });
    }
    const ended = this.#session?.account;
    this.#session = undefined;
    await this.#kept.forget(ended);
    await this.disconnect();
  }

  async #tellOfLogout(): Promise<void> {
    if (this.#session && !this.isConnected) {
      throw new TrackerError('CONNECTION_LOST', 'it is not connected; the session ends later');
    }
    await (await this.calls()).call('logout', {});
  }

  /** Closes the link; a remembered session stays valid. Idempotent. */
  async disconnect(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#session = undefined;
    this.#givingUp.abort();
    this.#givingUp = new AbortController();
    await this.#attempts.close();
    await whenSettled(this.#connecting);
    await link?.close();
  }

  /** Closes the link for good: from here on nothing dials. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.disconnect();
  }

  async #resumeRemembered(): Promise<TrackerLink> {
    // Whoever gives up from here on means this attempt too, however far it has come.
    const { signal } = this.#givingUp;
    const remembered = await this.#kept.find();
    if (!remembered) notLoggedIn();
    const { token } = remembered;
    let resuming: Promise<SessionInfo> | undefined;
    const { link, meeting } = await this.#connect(placesKept(remembered), signal, (calls) => {
      resuming = calls.call('resume', { token, calls: true });
      leaveToWaiters(resuming);
      this.#early.resolve(calls);
    });
    try {
      const info = await resumedOn(link, token, resuming ?? bug('a link that was not dialled'));
      requireEncryption(this.#options.peerTransport, info);
      const session = this.#begin(newSession(link.trackerId, meeting, token, info));
      await this.#options.events.onSession(link, session, 'resumed');
      await this.#keepPlaces(session);
      return link;
    } catch (error) {
      if (!(error instanceof TrackerError) || error.code !== 'NOT_LOGGED_IN') throw error;
      this.#kept.moveOn();
      throw new TrackerError(
        'NOT_LOGGED_IN',
        'the remembered login is no longer valid; log in again with `login`',
      );
    }
  }

  /** Dials a tracker; on later reconnects the present session is resumed by itself. */
  async #connect(
    places: TrackerPlaces,
    signal: AbortSignal,
    early?: (calls: TrackerCalls) => void,
  ): Promise<{ link: TrackerLink; meeting: LinkMeeting }> {
    await this.#link?.close();
    this.#link = undefined;
    const { link, meeting } = await this.#dial.dial(places, signal, { early });
    if (signal.aborted) {
      // Given up when it was all but over: whoever gave up had nothing to close yet.
      await link.close();
      throw engineClosed();
    }
    this.#meeting = meeting;
    this.#link = link;
    return { link, meeting };
  }

  #onTime(nowMs: number): void {
    const session = this.#session;
    if (session && tellTime(session, nowMs)) this.#options.events.onTimeMoved(session);
  }

  /** After a reconnect: the same session on a fresh connection. */
  async #resumeAgain(calls: TrackerCalls): Promise<void> {
    const session = this.#session;
    if (!session) return;
    try {
      session.info = await calls.call('resume', { token: session.token, calls: true });
      session.clockOffsetMs = session.info.nowMs - uptimeMs();
      requireEncryption(this.#options.peerTransport, session.info);
      if (this.#meeting) moveSession(session, this.#meeting);
    } catch (error) {
      if (!isEndOfSession(error)) throw error;
      this.#session = undefined;
      this.#options.events.onSessionLost(error);
      return;
    }
    await this.#options.events.onSession(calls, session, 'reconnected');
    await this.#keepPlaces(session);
  }

  async #keepPlaces({ account, places, token }: AccountSession): Promise<void> {
    await this.#kept.keepPlaces({ ...account, token }, places);
  }

  #begin(session: AccountSession): AccountSession {
    this.#session = session;
    this.#kept.moveOn();
    return session;
  }

  async #places(asked: readonly PeerAddress[]): Promise<TrackerPlaces> {
    return this.#dial.places(asked, this.#session?.places);
  }
}

/** A tracker may have hung before it answered, and been left for another of its addresses. */
async function resumedOn(
  link: TrackerLink,
  token: string,
  resuming: Promise<SessionInfo>,
): Promise<SessionInfo> {
  try {
    return await resuming;
  } catch (error) {
    if (!(error instanceof TrackerError) || error.code !== 'CONNECTION_LOST') throw error;
    await link.whenReadySoon();
    return link.call('resume', { token, calls: true });
  }
}

/** Those that are not in use. */
function othersOf(all: readonly PeerAddress[], { addresses }: LinkMeeting): readonly PeerAddress[] {
  return all.filter((one) => !hasAddress([addresses.current], one));
}
