/**
 * What every request handler of one tracker may use, and the turn in which it may use it.
 * All judging and changing of store and presence happens in turns, one at a time; what a turn
 * emits is applied after its commit, before its answer and before the next turn of the same user.
 * Turns that store nothing are looks: their types hold that. Some of them (announce, watch) change
 * presence and watches themselves, because their answer depends on it.
 */
import { toWireError, TrackerError } from '../net/errors.js';
import { MAX_PENDING_TURNS_PER_USER } from '../net/limits.js';
import type {
  PeerAddress,
  PeerTransport,
  RefusedItem,
  TrackerMethod,
  TrackerMethods,
} from '../net/tracker-api.js';
import type { Activity } from './activity.js';
import type { Clearing } from './clearing.js';
import type { AccountQuota } from './accounts/account-quota.js';
import type { LoginThrottle } from './accounts/login-throttle.js';
import type { Registration } from './accounts/registration.js';
import type { PasswordHasher } from './accounts/password-hasher.js';
import type { EffectApplier } from './effect-applier.js';
import type { Effect } from './effects.js';
import { HistoryAhead, keepHistory, type HistoryNote } from './history-keeping.js';
import type { DeviceHolder } from './fellows/device-holder.js';
import { encodeChange } from './fellows/change-codec.js';
import type { FellowCount } from './fellows/fellows.js';
import type { OutboxReader } from './fellows/outbox-reader.js';
import type { GuestPace } from './guest-pace.js';
import type { JoinPace } from './join-pace.js';
import { keepAnswer, type OnceKey } from './kept-answers.js';
import type { Log } from './log.js';
import type { FollowedFiles } from './presence/followed-files.js';
import type { Presence } from './presence/presence.js';
import type { Watches } from './presence/watches.js';
import type { SearchPace } from './search-pace.js';
import type { CallAllowance } from './reach/call-allowance.js';
import type { CallCounts } from './reach/call-counts.js';
import type { Reach } from './reach/reach.js';
import type { Relay } from '../net/relay/relay.js';
import type { MemberRelays } from './relay/member-relays.js';
import type { Login, Session } from './sessions/session.js';
import type { SessionRegistry } from './sessions/session-registry.js';
import type { StagingBudget } from './sessions/staging-budget.js';
import type { Store, StoreFacts, StoreTransaction } from './store/store.js';
import type { TicketIssuer } from './ticket-issuer.js';
import type { TurnQueue } from './turn-queue.js';
import type { FactView } from './view/fact-view.js';
import { recording, type Touched } from './view/touched.js';
import { throughView } from './view/viewed-facts.js';

export interface TrackerContext {
  readonly store: Store;
  readonly turns: TurnQueue<StoreTransaction>;
  /** What all trackers of the database commit; undefined of one that is alone. */
  readonly outbox: OutboxReader | undefined;
  /** Other trackers on the database, as far as they are heard; undefined of one that is alone. */
  readonly fellows: FellowCount | undefined;
  /** What is known of groups without asking the store. */
  readonly view: FactView;
  readonly presence: Presence<DeviceHolder>;
  readonly watches: Watches;
  readonly followed: FollowedFiles<Session>;
  readonly reach: Pick<Reach, 'claim' | 'release' | 'foundAt'>;
  readonly calls: CallAllowance;
  /** Undefined when the operator wants none. */
  readonly relay: Pick<Relay, 'plan' | 'counts'> | undefined;
  readonly memberRelays: MemberRelays<Session>;
  readonly callCounts: CallCounts;
  readonly sessions: SessionRegistry<Session>;
  readonly effects: Pick<EffectApplier, 'apply'>;
  readonly clearing: Pick<Clearing, 'wake' | 'hurry'>;
  readonly passwords: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly accountQuota: AccountQuota;
  /** The same of those who come by a link into a group. */
  readonly linkAccountQuota: AccountQuota;
  readonly registration: Registration;
  readonly tickets: TicketIssuer;
  readonly staging: StagingBudget;
  readonly peerTransport: PeerTransport;
  /** Where it is, as its operator says. */
  readonly announced: readonly PeerAddress[];
  /** The incarnation of a fresh group. */
  readonly createIncarnation: () => string;
  readonly nowMs: () => number;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
  /** The time on tickets; see ticket-time.ts. */
  readonly ticketMs: () => number;
  readonly log: Log;
  readonly activity: Activity;
  readonly joinPace: JoinPace;
  readonly searchPace: SearchPace;
  readonly guestPace: GuestPace;
}

/** A request on its way through a handler. */
export interface Call {
  readonly context: TrackerContext;
  readonly session: Session;
  /** Its turn keeps its answer so, and is undone when that is there. @default nothing is kept */
  readonly once?: OnceKey | undefined;
}

export type Handler<M extends TrackerMethod> = (
  call: Call,
  params: TrackerMethods[M]['params'],
) => Promise<TrackerMethods[M]['result']>;

export type Handlers = { readonly [M in TrackerMethod]: Handler<M> };

/** One turn: facts and changes now, effects after the commit. */
export interface Turn {
  readonly tx: StoreTransaction;
  /** Says what follows once the changes are on disk; nothing does when the turn fails. */
  readonly emit: (effect: Effect) => void;
  /** Says what the history of a group tells of it; stored with the changes, or not at all. */
  readonly note: (note: HistoryNote) => void;
  /** Something of this group will be noted, most likely: what that takes is looked up meanwhile. */
  readonly willNote: (groupId: string) => void;
  /**
   * What takes long waits for this now and then: others are heard meanwhile, and see nothing of it. Over SQLite they look, too;
   * over PostgreSQL looks wait for its end.
   */
  readonly breathe: () => Promise<void>;
}

/** A turn that changes nothing that is stored; what it emits follows at its end. */
export interface Look {
  readonly tx: StoreFacts;
  readonly emit: (effect: Effect) => void;
}

/**
 * Runs work in a turn of its own; `origin` is the connection whose request it answers, if any. `once`: see Call.
 * @throws DoneBefore
 */
export async function inTurn<T>(
  context: TrackerContext,
  work: (turn: Turn) => Promise<T>,
  origin?: Session,
  once?: OnceKey,
): Promise<T> {
  const emitted: Effect[] = [];
  const emit = (effect: Effect): void => void emitted.push(effect);
  const noted: HistoryNote[] = [];
  const note = (one: HistoryNote): void => void noted.push(one);
  const touched: Touched[] = [];
  const { outbox } = context;
  const apply = (): void => {
    context.view.forget(touched);
    context.effects.apply(emitted, origin);
    // Others have changed what a login or an offer rests on before that was committed, and it was not there to feel it.
    if (outbox?.overtakes(emitted, origin?.login?.userId)) origin?.goAway();
  };
  const party = origin && admittedParty(context, origin);
  const id = outbox?.expect(apply);
  const change = {
    work: async (tx: StoreTransaction, breathe: () => Promise<void>) => {
      // A store may carry it out again; only what it did last counts.
      for (const list of [emitted, noted, touched]) list.length = 0;
      const ahead = new HistoryAhead(tx);
      const recorded = recording(tx, (one) => {
        touched.push(one);
        if (one.fact === 'group') ahead.forget(one.groupId);
      });
      const willNote = (groupId: string): void => ahead.lookUp(groupId);
      const result = await work({ tx: recorded, emit, note, willNote, breathe });
      await keepHistory(tx, noted, context.nowMs(), ahead);
      if (once) await keepAnswer(tx, once, result, context.nowMs());
      if (id !== undefined) {
        for (const entry of encodeChange(id, touched, emitted)) await tx.publish(entry);
      }
      return result;
    },
    onCommitted: () => (id === undefined ? apply() : outbox?.applyOwn(id)),
  };
  try {
    return await context.turns.change(change, party);
  } finally {
    if (id !== undefined) outbox?.forgetOwn(id);
  }
}

/** The same for work that only looks at what is stored: it waits for no disk. */
export async function inLook<T>(
  context: TrackerContext,
  work: (look: Look) => Promise<T>,
  origin?: Session,
): Promise<T> {
  return context.turns.look(
    async () => {
      const emitted: Effect[] = [];
      const emit = (effect: Effect): void => void emitted.push(effect);
      const result = await context.store.read((tx) =>
        work({ tx: throughView(context.view, tx), emit }),
      );
      context.effects.apply(emitted, origin);
      return result;
    },
    origin && admittedParty(context, origin),
  );
}

/** Who takes turns with others: the user, and before a login the address. */
export function partyOf({ login, network }: Pick<Session, 'login' | 'network'>): string {
  return login ? `user ${login.userId}` : `address ${network}`;
}

/** The same, when one more turn of theirs may wait. @throws BUSY */
function admittedParty({ turns }: TrackerContext, session: Session): string {
  const party = partyOf(session);
  if (turns.waitingOf(party) < MAX_PENDING_TURNS_PER_USER) return party;
  throw new TrackerError('BUSY', 'too many requests of yours are waiting; try again');
}

/** A turn that answers a request, whoever is logged in. */
export function inCallTurn<T>(
  { context, session, once }: Call,
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  return inTurn(context, work, session, once);
}

/** A turn on behalf of the user who is logged in when it begins. @throws NOT_LOGGED_IN */
export function inUserTurn<T>(
  call: Call,
  work: (turn: Turn & { readonly userId: string }) => Promise<T>,
): Promise<T> {
  return inCallTurn(call, (turn) => work({ ...turn, userId: userOf(call.session) }));
}

/** The same for a turn that only looks. @throws NOT_LOGGED_IN */
export function inUserLook<T>(
  { context, session }: Call,
  work: (look: Look & { readonly userId: string }) => Promise<T>,
): Promise<T> {
  return inLook(context, (look) => work({ ...look, userId: userOf(session) }), session);
}

/** One item of a call about many: what was refused is the answer for this item alone. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | RefusedItem> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TrackerError) return toWireError(error);
    throw error;
  }
}

/** Of work that takes several turns: the session may be another user's by now. @throws TrackerError NOT_LOGGED_IN */
export function requireSameUser(now: string, userId: string): void {
  if (now === userId) return;
  const message = `${userId} is not logged in here any more; what is left was not done`;
  throw new TrackerError('NOT_LOGGED_IN', message);
}

/** The user of a session. @throws TrackerError NOT_LOGGED_IN */
export function userOf(session: Session): string {
  return loginOf(session).userId;
}

/** The login of a session. @throws TrackerError NOT_LOGGED_IN */
export function loginOf(session: Session): Login {
  if (session.login) return session.login;
  throw new TrackerError('NOT_LOGGED_IN', 'you are not logged in; log in first with `login`');
}

/** The device of a session. @throws TrackerError NO_DEVICE */
export function deviceOf(session: Session): string {
  if (session.deviceId !== undefined) return session.deviceId;
  throw new TrackerError('NO_DEVICE', 'this client has no device key; connect with a certificate');
}
