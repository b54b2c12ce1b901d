/**
 * A tracker without a server: the real store in memory, real presence, watches and sessions,
 * a clock that is a number, passwords that cost nothing, and clients whose sockets record what
 * is pushed. Requests go straight to their handlers.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Test } from 'tap';
import { ACCOUNTS_BY_LINK_FACTOR, ACCOUNTS_PER_DAY_PER_ADDRESS } from '../../src/net/limits.js';
import type {
  TrackerMethod,
  TrackerMethods,
  TrackerNotifications,
  PeerAddress,
} from '../../src/net/tracker-api.js';
import { AccountQuota } from '../../src/tracker/accounts/account-quota.js';
import { clearSome, dropContents } from '../../src/tracker/clearing-turn.js';
import { Activity } from '../../src/tracker/activity.js';
import { LoginThrottle } from '../../src/tracker/accounts/login-throttle.js';
import { Registration } from '../../src/tracker/accounts/registration.js';
import type { PasswordHasher } from '../../src/tracker/accounts/password-hasher.js';
import type { Handler, TrackerContext } from '../../src/tracker/context.js';
import { EffectApplier } from '../../src/tracker/effect-applier.js';
import type { Effect } from '../../src/tracker/effects.js';
import { handlers } from '../../src/tracker/handlers/all.js';
import { GuestPace } from '../../src/tracker/guest-pace.js';
import { JoinPace } from '../../src/tracker/join-pace.js';
import type { LogEntry } from '../../src/tracker/log.js';
import { endLogin } from '../../src/tracker/online.js';
import { MemoryPresence } from '../../src/tracker/presence/presence-memory.js';
import type { ReachClaim } from '../../src/tracker/reach/reach.js';
import { CallAllowance } from '../../src/tracker/reach/call-allowance.js';
import { CallCounts } from '../../src/tracker/reach/call-counts.js';
import { MemberRelays } from '../../src/tracker/relay/member-relays.js';
import { FollowedFiles } from '../../src/tracker/presence/followed-files.js';
import { Watches } from '../../src/tracker/presence/watches.js';
import { SearchPace } from '../../src/tracker/search-pace.js';
import { Session } from '../../src/tracker/sessions/session.js';
import { SessionRegistry } from '../../src/tracker/sessions/session-registry.js';
import { StagingBudget } from '../../src/tracker/sessions/staging-budget.js';
import { openTestStore } from '../fixtures/test-store.js';
import type { Store, StoreWork } from '../../src/tracker/store/store.js';
import type { PendingRemoval } from '../../src/tracker/store/stored.js';
import { TicketIssuer } from '../../src/tracker/ticket-issuer.js';
import { TurnQueue } from '../../src/tracker/turn-queue.js';
import { FactView } from '../../src/tracker/view/fact-view.js';
import { at, incarnation } from '../fixtures/incarnations.js';
import { FakeClock } from './fake-clock.js';
import { FakeSocket, type Push } from './fake-socket.js';

const addresses = [{ host: '10.0.0.1', port: 4000 }];

/** A connection as a test sees it. */
export interface FakeClient {
  readonly session: Session;
  readonly socket: FakeSocket;
  /** The one given when it was made; every device key is different. */
  readonly deviceId: string;
  readonly userId: string;
  /** Of the last login. */
  readonly token: string;
}

/** A device id made from a name that is easy to read. */
export function deviceId(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** A membership notification. */
export function membership(
  groupId: string,
  state: TrackerNotifications['membership']['state'],
  epoch: number,
  by?: string,
): Push {
  return ['membership', { groupId, state, ...at(epoch), ...(by !== undefined && { by }) }];
}

/** Opens a tracker without a server for one test. */
export async function openScene(t: Test): Promise<TrackerScene> {
  const store = await openTestStore(t);
  return new TrackerScene(store);
}

export class TrackerScene {
  readonly context: TrackerContext;
  readonly logged: LogEntry[] = [];
  nowMs = 1_000_000;
  /** Stands still, unless a test says otherwise. */
  steadyMs: () => number = () => 0;
  /** For how long turns take. Stands still, unless a test says otherwise. */
  turnMs: () => number = () => 0;
  /** Called when a turn has done its work and is about to end, with a commit or not; may throw. */
  onCommit: (() => void) | undefined;
  /** Asked when turns that share a commit have done their work; true when none of it reaches the disk. */
  failsToCommit: (() => boolean) | undefined;
  /** So often it was said that something is left to be removed. */
  wakes = 0;
  /** Removals for whose end somebody was made to wait. */
  readonly hurried: PendingRemoval[] = [];
  #groupsMade = 0;
  readonly #users = new Set<string>();
  readonly #clients: FakeClient[] = [];
  readonly #emitted: Effect[] = [];
  #whenDue: (() => void) | undefined;

  constructor(store: Store) {
    const nowMs = (): number => this.nowMs;
    const presence = new MemoryPresence<Session>((...change) =>
      watches.onPresenceChanged(...change),
    );
    const delay = (callback: () => void) => {
      this.#whenDue = callback;
      return () => (this.#whenDue = undefined);
    };
    const watches = new Watches({ presence, random: () => 0, delay });
    const followed = new FollowedFiles<Session>(() => () => undefined);
    const sessions = new SessionRegistry<Session>(nowMs);
    const memberRelays = new MemberRelays<Session>();
    const reach = {
      // Every device is where it says.
      claim: ({ addresses }: ReachClaim) => ({ addresses }),
      release: () => undefined,
      foundAt: (_deviceId: string, addresses: readonly PeerAddress[]) => [...addresses],
    };
    const hooked = withCommitHook(
      store,
      () => this.onCommit?.(),
      () => this.failsToCommit?.() === true,
    );
    const clearing = {
      wake: () => void this.wakes++,
      hurry: (removal: PendingRemoval) => void this.hurried.push(removal),
    };
    const applier = new EffectApplier(
      { sessions, presence, watches, followed, reach, memberRelays },
      clearing.wake,
    );
    this.context = {
      store: hooked,
      turns: new TurnQueue({
        commit: (changes) => hooked.transactions(changes),
        steadyMs: () => this.turnMs(),
      }),
      outbox: undefined,
      fellows: undefined,
      view: new FactView(),
      presence,
      watches,
      followed,
      sessions,
      reach,
      calls: new CallAllowance(),
      callCounts: new CallCounts(),
      relay: undefined,
      memberRelays,
      clearing,
      effects: {
        apply: (effects, origin) => {
          this.#emitted.push(...effects);
          // As another process would get them.
          applier.apply(JSON.parse(JSON.stringify(effects)) as Effect[], origin);
        },
      },
      passwords: cheapPasswords(),
      throttle: new LoginThrottle(nowMs),
      accountQuota: new AccountQuota(ACCOUNTS_PER_DAY_PER_ADDRESS, nowMs),
      linkAccountQuota: new AccountQuota(
        ACCOUNTS_PER_DAY_PER_ADDRESS * ACCOUNTS_BY_LINK_FACTOR,
        nowMs,
      ),
      registration: new Registration('open', '/nowhere'),
      tickets: new TicketIssuer(ticketKey(), nowMs),
      staging: new StagingBudget(new FakeClock()),
      peerTransport: 'tls',
      announced: [],
      createIncarnation: () => incarnation(this.#groupsMade++),
      nowMs,
      steadyMs: () => this.steadyMs(),
      ticketMs: nowMs,
      log: (entry) => void this.logged.push(entry),
      activity: new Activity({
        clock: new FakeClock(),
        log: (entry) => void this.logged.push(entry),
        onEvent: () => undefined,
      }),
      joinPace: new JoinPace(nowMs),
      searchPace: new SearchPace(nowMs),
      guestPace: new GuestPace(nowMs),
    };
  }

  /** Removes all that removals have left behind; says in how many turns, those that drop contents behind them left out. */
  async clear(): Promise<number> {
    let turns = 0;
    while (await clearSome(this.context, undefined)) turns++;
    while (await dropContents(this.context, false));
    return turns;
  }

  /** A connection on which nobody is logged in; without a device when its name is undefined. */
  connect(device: string | undefined, address = '192.0.2.7'): FakeClient {
    const socket = new FakeSocket();
    const session = new Session({
      socket: socket.asWebSocket(),
      deviceId: device === undefined ? undefined : deviceId(device),
      address,
      onRequest: () => Promise.reject(new Error('requests go to their handlers')),
      onClosed: (closed) => endLogin(this.context, closed),
      onLoginChanged: () => undefined,
      onExcess: () => undefined,
      onUnforeseen: () => undefined,
      clock: new FakeClock(),
    });
    const client = { session, socket, deviceId: session.deviceId ?? '', userId: '', token: '' };
    this.#clients.push(client);
    return client;
  }

  /** Logs a user in on a new connection, on a device of the user's own by default. */
  async enter(userId: string, device: string | undefined = `${userId}-pc`): Promise<FakeClient> {
    return this.logIn(this.connect(device), userId);
  }

  /** Logs a user in on a connection; makes the account when there is none. */
  async logIn(client: FakeClient, userId: string): Promise<FakeClient> {
    const account = { userId, password: `password of ${userId}` };
    if (!this.#users.has(userId)) await this.call(client, 'createUser', account);
    this.#users.add(userId);
    const { token } = await this.call(client, 'login', account);
    return { ...client, userId, token };
  }

  /** Makes a group of these people; the first one owns it. Nobody has heard of it afterwards. */
  async makeGroup(groupId: string, owner: FakeClient, ...members: FakeClient[]): Promise<void> {
    await this.call(owner, 'createGroup', { groupId });
    for (const member of members) {
      await this.call(member, 'joinGroup', { groupId });
      await this.call(owner, 'acceptRequest', { groupId, userId: member.userId });
    }
    this.forget();
  }

  /** Puts a device online; the addresses do not matter. */
  async goOnline(client: FakeClient): Promise<void> {
    await this.call(client, 'goOnline', { addresses });
  }

  /** Calls a handler. */
  call<M extends TrackerMethod>(
    { session }: FakeClient,
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    const handler: Handler<M> = handlers[method];
    return handler({ context: this.context, session }, params);
  }

  /** What each of them was told since the last look. */
  takePushes(...clients: FakeClient[]): Push[][] {
    return clients.map(({ socket }) => socket.takePushes());
  }

  /** True when no client was told anything since the last look. */
  isSilent(): boolean {
    return this.#clients.every(({ socket }) => socket.texts.length === 0);
  }

  /** What committed turns emitted since the last look. */
  takeEffects(): Effect[] {
    return this.#emitted.splice(0);
  }

  /** What one call makes its turn emit. */
  async effectsOf(call: () => Promise<unknown>): Promise<Effect[]> {
    this.takeEffects();
    await call();
    return this.takeEffects();
  }

  /** Forgets pushes and effects so far. */
  forget(): void {
    for (const { socket } of this.#clients) socket.texts.length = 0;
    this.takeEffects();
  }

  /** Lets the time pass after which watchers are told. */
  elapse(): void {
    const callback = this.#whenDue;
    this.#whenDue = undefined;
    callback?.();
  }

  /** Runs a call whose commit fails, and passes its error on. */
  async withFullDisk(call: () => Promise<unknown>): Promise<unknown> {
    this.onCommit = () => {
      throw new Error(diskFull.message);
    };
    try {
      return await call();
    } finally {
      this.onCommit = undefined;
    }
  }
}

/** The error of a commit that fails. */
export const diskFull = { message: 'disk full' };

/** What SQLite says then, which undoes all that share the commit. */
function diskIsFull(): Error {
  const { message } = diskFull;
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
}

/** A store that calls back between the work of a turn and its end, and before turns are committed. */
function withCommitHook(store: Store, onCommit: () => void, fails: () => boolean): Store {
  const withHook =
    <T>(work: StoreWork<T>): StoreWork<T> =>
    async (tx) => {
      const result = await work(tx);
      onCommit();
      return result;
    };
  async function* allWithHook(
    works: Parameters<Store['transactions']>[0],
  ): AsyncGenerator<StoreWork<unknown>> {
    for await (const work of works) yield withHook(work);
    yield async () => {
      if (fails()) throw diskIsFull();
    };
  }
  return {
    schema: store.schema,
    readsBeside: store.readsBeside,
    transaction: (work) => store.transaction(withHook(work)),
    transactions: async (works) => (await store.transactions(allWithHook(works))).slice(0, -1),
    read: async (work) => {
      const result = await store.read(work);
      onCommit();
      return result;
    },
    counts: () => store.counts(),
    close: () => store.close(),
  };
}

function cheapPasswords(): PasswordHasher {
  const hash = async (password: string): Promise<string> => `hash of ${password}`;
  const verify = async (password: string, stored?: string): Promise<boolean> =>
    stored === (await hash(password));
  return { hash, verify, pending: 0 } as unknown as PasswordHasher;
}

function ticketKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
