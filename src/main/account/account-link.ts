/**
 * This client's standing with its tracker: the link, and who is logged in over it. Connects
 * when first needed, resumes the session after every reconnect, remembers a one-shot login.
 *
 *   away → connected (nobody logged in) → logged in → away
 *
 * Well over 300 lines, because every way into a session and out of it is here, and only here.
 */
import { deferred, leaveToWaiters, whenSettled } from '../../net/deferred.js';
import {
  CancelledError,
  P2pError,
  StorageError,
  TrackerError,
  bug,
  toWireError,
} from '../../net/errors.js';
import type { PeerAddress, SessionInfo, TrackerMethods } from '../../net/tracker-api.js';
import { uptimeMs } from '../../net/uptime.js';
import type { ClientEvent } from '../api/client-events.js';
import type { ExpectedTracker, InviteLink } from '../api/invite-link.js';
import type { Home } from '../home/home.js';
import { addressText } from '../tracker-link/address-text.js';
import { KnownTrackers, type Meeting } from '../tracker-link/known-trackers.js';
import type { Account } from '../home/library-records.js';
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
  unnamedTracker,
} from './session-terms.js';
import { whichTracker } from './which-tracker.js';
import { TrackerLink, type LinkEvent } from '../tracker-link/tracker-link.js';

/** A ping that comes this late, or early, tells nothing new of the time. */
const CLOCK_NOISE_MS = 1_000;

/** Who is logged in, and what the tracker said at that moment. */
export interface AccountSession {
  readonly account: Account;
  readonly tracker: PeerAddress;
  readonly token: string;
  info: SessionInfo;
  /** How far the tracker's time is ahead of `uptimeMs`, measured with each word of it. */
  clockOffsetMs: number;
}

/** How a session came about; a reconnected one was put online before. */
export type SessionReason = 'logged-in' | 'resumed' | 'reconnected';

type AccountEvent = Extract<ClientEvent, { type: 'logout-untold' | 'tracker-met' }>;

/** What the engine does and learns. */
export interface AccountLinkEvents {
  /** A login of this user was accepted; what is left of the session before ends now. */
  onReplacing(userId: string): Promise<void>;
  /** A session was begun or resumed: put everything online over these calls. */
  onSession(calls: TrackerCalls, session: AccountSession, reason: SessionReason): Promise<void>;
  /** The tracker's time is another than was thought. */
  onTimeMoved(session: AccountSession): void;
  onNotification(push: TrackerPush): void;
  /** The session is over although nobody here asked for it. */
  onSessionLost(error: P2pError): void;
  onEvent(event: LinkEvent | AccountEvent): void;
}

/** How a dial differs from the usual. */
interface DialHints {
  /** What the tracker has to prove besides. */
  readonly expected?: ExpectedTracker | undefined;
  /** Gets calls before the connection is ready; see TrackerLink. */
  readonly early?: ((calls: TrackerCalls) => void) | undefined;
}

/** Where a link has reached its tracker. */
interface LinkMeeting {
  host: string | undefined;
}

export interface AccountLinkOptions {
  readonly home: Home;
  readonly tracker: PeerAddress | undefined;
  /** Whether logins are kept in the home for later commands; see EngineOptions. */
  readonly remember: boolean;
  /** A session in which peers talk otherwise is refused. */
  readonly peerTransport: 'tls' | undefined;
  readonly key: Pick<DeviceKey, 'load'>;
  readonly events: AccountLinkEvents;
}

export class AccountLink {
  readonly #options: AccountLinkOptions;
  readonly #knownTrackers: KnownTrackers;
  #link: TrackerLink | undefined;
  #session: AccountSession | undefined;
  /** Set while a command waits for the first connection; later ones wait with it. */
  #connecting: Promise<TrackerLink> | undefined;
  /** Aborted by `disconnect`: a dial may take long, and nobody waits for it any more. */
  #givingUp = new AbortController();
  #isClosed = false;
  #meeting: LinkMeeting = { host: undefined };
  readonly #attempts: LoginAttempts;
  readonly #kept: KeptLogin;
  /** Resolved at the first dial. */
  readonly #dialling = deferred<void>();
  /** Resolved when calls can go along with the dial of `#connecting`. */
  #early = deferred<TrackerCalls>();

  constructor(options: AccountLinkOptions) {
    this.#options = options;
    this.#knownTrackers = new KnownTrackers(options.home);
    this.#attempts = new LoginAttempts(options.peerTransport);
    this.#kept = new KeptLogin(options, this.#knownTrackers);
  }

  get session(): AccountSession | undefined {
    return this.#session;
  }

  get isConnected(): boolean {
    return this.#link?.isConnected ?? false;
  }

  /** Where the tracker was reached last, as an IP literal. */
  get trackerHost(): string | undefined {
    return this.#meeting.host;
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
    await Promise.race([this.#dialling.promise, this.calls()]);
  }

  /** The account that is logged in. @throws TrackerError NOT_LOGGED_IN */
  requireSession(): AccountSession {
    return this.#session ?? notLoggedIn();
  }

  /** Creates an account; nobody is logged in by it. */
  async createUser(
    tracker: PeerAddress | undefined,
    account: TrackerMethods['createUser']['params'],
  ): Promise<void> {
    const { signal } = this.#givingUp;
    const link =
      this.#session && this.#link
        ? this.#link
        : await this.#connect(await this.#whichTracker(tracker), signal);
    await link.call('createUser', account);
  }

  /**
   * Logs in, in place of whoever was logged in before. The password is tried on a link of its own:
   * one that is wrong changes nothing.
   */
  async login(
    tracker: PeerAddress | undefined,
    userId: string,
    password: string,
  ): Promise<AccountSession> {
    return this.#logIn(await this.#whichTracker(tracker), (calls) =>
      calls.call('login', { userId, password, calls: true }),
    );
  }

  /** The same by this device's key. @throws TrackerError NO_SUCH_USER */
  async loginByKey(tracker: PeerAddress | undefined, userId: string): Promise<AccountSession> {
    return this.#logIn(await this.#whichTracker(tracker), (calls) => openByKey(calls, userId));
  }

  /**
   * Sees to a session at the tracker of a link: the present one, or one by this device's key, with an account
   * that is made when the key opens none. Answers whether it was made.
   */
  async enter(
    { tracker, expected }: Pick<InviteLink, 'tracker' | 'expected'>,
    account: NewKeyAccount,
  ): Promise<boolean> {
    const present = await this.whoIsLoggedIn();
    if (present) {
      requireSameTracker(present, tracker, expected);
      try {
        await this.calls();
        return false;
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
    await this.#logIn(tracker, byKey, expected);
    return isNewAccount;
  }

  async #logIn(
    address: PeerAddress,
    logIn: (calls: TrackerCalls) => Promise<TrackerMethods['login']['result']>,
    expected?: ExpectedTracker,
  ): Promise<AccountSession> {
    const { signal } = this.#givingUp;
    const { link, meeting } = await this.#dial(address, signal, { expected });
    const { token, ...info } = await this.#attempts.try(link, logIn);
    await this.#options.events.onReplacing(info.userId);
    await this.disconnect();
    if (this.#isClosed) {
      await link.close();
      throw engineClosed();
    }
    this.#link = link;
    this.#meeting = meeting;
    const session = this.#begin(link, address, token, info);
    await this.#kept.keep({ tracker: address, ...session.account, token });
    await this.#options.events.onSession(link, session, 'logged-in');
    return session;
  }

  /** How a tracker was met, if it ever was. @throws StorageError */
  howMet(tracker: PeerAddress): Promise<Meeting | undefined> {
    return this.#knownTrackers.howMet(tracker);
  }

  /** Who is logged in here, also while the tracker cannot be reached; nothing is dialled. */
  async whoIsLoggedIn(): Promise<Pick<AccountSession, 'account' | 'tracker'> | undefined> {
    if (this.#session) return this.#session;
    const remembered = await this.#kept.find();
    if (!remembered) return undefined;
    const { trackerId, userId, tracker } = remembered;
    return { account: { trackerId, userId }, tracker };
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
    const { tracker, token } = remembered;
    let resuming: Promise<SessionInfo> | undefined;
    const link = await this.#connect(tracker, signal, (calls) => {
      resuming = calls.call('resume', { token, calls: true });
      leaveToWaiters(resuming);
      this.#early.resolve(calls);
    });
    try {
      const info = await (resuming ?? bug('a link that was not dialled'));
      requireEncryption(this.#options.peerTransport, info);
      const session = this.#begin(link, tracker, token, info);
      await this.#options.events.onSession(link, session, 'resumed');
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
    tracker: PeerAddress,
    signal: AbortSignal,
    early?: (calls: TrackerCalls) => void,
  ): Promise<TrackerLink> {
    await this.#link?.close();
    this.#link = undefined;
    const { link, meeting } = await this.#dial(tracker, signal, { early });
    if (signal.aborted) {
      // Given up when it was all but over: whoever gave up had nothing to close yet.
      await link.close();
      throw engineClosed();
    }
    this.#meeting = meeting;
    this.#link = link;
    return link;
  }

  /** @throws CancelledError when it was given up meanwhile; then nothing of it is left */
  async #dial(
    tracker: PeerAddress,
    signal: AbortSignal,
    { expected, early }: DialHints = {},
  ): Promise<{ link: TrackerLink; meeting: LinkMeeting }> {
    const { key, events } = this.#options;
    const credentials = await key.load();
    if (signal.aborted) throw engineClosed();
    const meeting: LinkMeeting = { host: undefined };
    const link = await TrackerLink.connect({
      tracker,
      credentials,
      knownTrackers: this.#knownTrackers,
      expected,
      signal,
      ...(early && { early }),
      onDialling: () => this.#dialling.resolve(),
      onMet: (how, deviceId) =>
        events.onEvent({ type: 'tracker-met', tracker: addressText(tracker), how, deviceId }),
      onReached: (host) => (meeting.host = host),
      onTime: (nowMs) => {
        // A login that is being tried at another tracker tells nothing of this one's time.
        if (this.#meeting === meeting) this.#onTime(nowMs);
      },
      onConnected: async (calls, isFirst) => {
        if (!isFirst) await this.#resumeAgain(calls);
      },
      onNotification: (push) => events.onNotification(push),
      onEvent: (event) => events.onEvent(event),
    });
    return { link, meeting };
  }

  #onTime(nowMs: number): void {
    const session = this.#session;
    if (!session) return;
    const clockOffsetMs = nowMs - uptimeMs();
    if (Math.abs(clockOffsetMs - session.clockOffsetMs) < CLOCK_NOISE_MS) return;
    session.clockOffsetMs = clockOffsetMs;
    this.#options.events.onTimeMoved(session);
  }

  /** After a reconnect: the same session on a fresh connection. */
  async #resumeAgain(calls: TrackerCalls): Promise<void> {
    const session = this.#session;
    if (!session) return;
    try {
      session.info = await calls.call('resume', { token: session.token, calls: true });
      session.clockOffsetMs = session.info.nowMs - uptimeMs();
      requireEncryption(this.#options.peerTransport, session.info);
    } catch (error) {
      if (!isEndOfSession(error)) throw error;
      this.#session = undefined;
      this.#options.events.onSessionLost(error);
      return;
    }
    await this.#options.events.onSession(calls, session, 'reconnected');
  }

  #begin(
    link: TrackerLink,
    tracker: PeerAddress,
    token: string,
    info: SessionInfo,
  ): AccountSession {
    const session: AccountSession = {
      account: { trackerId: link.trackerId, userId: info.userId },
      tracker,
      token,
      info,
      clockOffsetMs: info.nowMs - uptimeMs(),
    };
    this.#session = session;
    this.#kept.moveOn();
    return session;
  }

  async #whichTracker(asked: PeerAddress | undefined): Promise<PeerAddress> {
    const known = asked ?? this.#options.tracker ?? this.#session?.tracker;
    if (known) return known;
    return (await whichTracker(this.#options.home)) ?? unnamedTracker();
  }
}

function engineClosed(): CancelledError {
  return new CancelledError('the engine is closed');
}
