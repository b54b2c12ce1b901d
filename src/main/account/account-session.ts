/** A session at the tracker: who is logged in, where, and what the tracker said of it. */
import type { P2pError } from '../../net/errors.js';
import type { PeerAddress, SessionInfo } from '../../net/tracker-api.js';
import { uptimeMs } from '../../net/uptime.js';
import type { ClientEvent } from '../api/client-events.js';
import type { Account } from '../home/library-records.js';
import type { TrackerCalls, TrackerPush } from '../tracker-link/tracker-calls.js';
import type { DialEvent, LinkMeeting } from './tracker-dial.js';
import { believableAddresses } from './told-addresses.js';
import { placesOf, type TrackerPlaces } from './tracker-places.js';

/** A ping that comes this late, or early, tells nothing new of the time. */
const CLOCK_NOISE_MS = 1_000;

/** Who is logged in, and where. */
export interface LoggedIn {
  readonly account: Account;
  /** The address that is used, or was last. */
  readonly tracker: PeerAddress;
  /** All of them. */
  readonly places: TrackerPlaces;
}

/** Who is logged in, and what the tracker said at that moment. */
export interface AccountSession extends LoggedIn {
  tracker: PeerAddress;
  places: TrackerPlaces;
  readonly token: string;
  info: SessionInfo;
  /** How far the tracker's time is ahead of `uptimeMs`, measured with each word of it. */
  clockOffsetMs: number;
}

/** How a session came about; a reconnected one was put online before. */
export type SessionReason = 'logged-in' | 'resumed' | 'reconnected';

type AccountEvent = Extract<ClientEvent, { type: 'logout-untold' }>;

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
  onEvent(event: DialEvent | AccountEvent): void;
}

/** One that has begun just now. */
export function newSession(
  trackerId: string,
  meeting: LinkMeeting,
  token: string,
  info: SessionInfo,
): AccountSession {
  const { addresses } = meeting;
  learn(meeting, info);
  return {
    account: { trackerId, userId: info.userId },
    tracker: addresses.current,
    places: placesOf(addresses, trackerId),
    token,
    info,
    clockOffsetMs: info.nowMs - uptimeMs(),
  };
}

/** It goes on where the tracker is reached now. */
export function moveSession(session: AccountSession, meeting: LinkMeeting): void {
  const { addresses } = meeting;
  learn(meeting, session.info);
  session.tracker = addresses.current;
  session.places = placesOf(addresses, session.account.trackerId);
}

function learn({ addresses, host }: LinkMeeting, { trackers = [] }: SessionInfo): void {
  addresses.learn(believableAddresses(trackers, host));
}

/** Notes what time it is at the tracker; true when that is another than was thought. */
export function tellTime(session: AccountSession, nowMs: number): boolean {
  const clockOffsetMs = nowMs - uptimeMs();
  if (Math.abs(clockOffsetMs - session.clockOffsetMs) < CLOCK_NOISE_MS) return false;
  session.clockOffsetMs = clockOffsetMs;
  return true;
}
