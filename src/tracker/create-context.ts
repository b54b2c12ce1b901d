/** Puts together what every request handler of a tracker may use; `tracker.ts` closes what of it is to be closed. */
import { detach } from '../net/detach.js';
import { bug } from '../net/errors.js';
import {
  ACCOUNTS_BY_LINK_FACTOR,
  ACCOUNTS_PER_DAY_PER_ADDRESS,
  DATABASE_LOOK_WAIT_MS,
} from '../net/limits.js';
import { isOwnAddress } from '../net/own-addresses.js';
import { shownPresence } from '../net/presence-url.js';
import { Relay } from '../net/relay/relay.js';
import { createRateCell } from '../net/shared-rate-limiter.js';
import { createIncarnation } from '../net/ticket.js';
import { AccountQuota } from './accounts/account-quota.js';
import { LoginThrottle } from './accounts/login-throttle.js';
import { PasswordHasher } from './accounts/password-hasher.js';
import { Registration } from './accounts/registration.js';
import { Activity } from './activity.js';
import { Clearing } from './clearing.js';
import { clearSome, dropContents } from './clearing-turn.js';
import { systemClock, type Clock } from './clock.js';
import type { TrackerContext } from './context.js';
import { EffectApplier } from './effect-applier.js';
import type { DeviceHolder } from './fellows/device-holder.js';
import type { Fellows, FellowsOptions } from './fellows/fellows.js';
import { GuestPace } from './guest-pace.js';
import { JoinPace } from './join-pace.js';
import type { Metrics } from './metrics.js';
import { sendAllBack } from './online.js';
import { MemoryPresence } from './presence/presence-memory.js';
import type { Presence, PresenceListener } from './presence/presence.js';
import { FollowedFiles } from './presence/followed-files.js';
import { Watches } from './presence/watches.js';
import { CallAllowance } from './reach/call-allowance.js';
import { CallCounts } from './reach/call-counts.js';
import { createDialBack } from './reach/dial-back.js';
import { Reach } from './reach/reach.js';
import { MemberRelays } from './relay/member-relays.js';
import { SearchPace } from './search-pace.js';
import type { Session } from './sessions/session.js';
import { StagingBudget } from './sessions/staging-budget.js';
import type { Store, StoreTransaction } from './store/store.js';
import { TicketIssuer } from './ticket-issuer.js';
import type { TrackerOptions } from './tracker-options.js';
import { TurnQueue } from './turn-queue.js';

/** What the tracker closes itself. */
export type RunContext = Omit<TrackerContext, 'fellows' | 'clearing'> & {
  readonly clearing: Clearing;
  readonly reach: Reach;
  readonly relay: Relay | undefined;
  readonly fellows: Fellows | undefined;
};

/** What is stored, what of it is known without asking, and who is concerned when it changes. */
export type Stored = Pick<TrackerContext, 'store' | 'view' | 'sessions' | 'ticketMs'>;

/** What of the parts that make several trackers one depends on this one. */
export type JoinFellows = (
  options: Omit<FellowsOptions, 'presenceUrl' | 'outbox' | 'ticketKeyPem'>,
) => Fellows;

export function createContext(
  options: TrackerOptions,
  { store, view, sessions, ticketMs }: Stored,
  metrics: Metrics,
  ticketKeyPem: string,
  joinFellows: JoinFellows | undefined,
): RunContext {
  const clock = options.clock ?? systemClock;
  const { nowMs, steadyMs, delay } = clock;
  const onPresenceChange: PresenceListener = (groupId, fileId, deviceId) =>
    watches.onPresenceChanged(groupId, fileId, deviceId);
  const fellows = joinFellows?.({
    ...{ nowMs, steadyMs, delay, onPresenceChange, ...fellowsLog(options) },
    onTakenOver: (deviceId) => reach.release(deviceId),
    onChange: ({ touched, effects: told }) => {
      view.forget(touched);
      effects.apply(told, undefined);
    },
    onLost: () => {
      view.forgetAll();
      sendAllBack(sessions);
      options.log({ level: 'warn', event: 'what others changed was missed; all log in again' });
    },
    takeTurn: () => takeTurn(turns),
  });
  const presence: Presence<DeviceHolder> =
    fellows?.presence ?? new MemoryPresence<DeviceHolder>(onPresenceChange);
  const watches = new Watches({ presence, random: Math.random, delay });
  const followed = new FollowedFiles<Session>(delay);
  const memberRelays = new MemberRelays<Session>();
  const reach = createReach(options, clock, presence);
  const accountsPerDay = options.accountsPerDay ?? ACCOUNTS_PER_DAY_PER_ADDRESS;
  const online = { sessions, presence, watches, followed, reach, memberRelays };
  const effects = new EffectApplier(online, () => clearing.wake());
  const clearing = createClearing(options, delay, () => context);
  const turns = createTurns({ store, fellows, clock, metrics });
  const context: RunContext = {
    ...{ store, turns, view, presence, watches, followed, sessions, reach, memberRelays },
    ...{ effects, clearing },
    outbox: fellows?.outbox,
    fellows,
    calls: new CallAllowance(),
    callCounts: new CallCounts(),
    relay: createRelay(options, delay),
    passwords: new PasswordHasher(options.passwordCost),
    throttle: new LoginThrottle(steadyMs),
    accountQuota: new AccountQuota(accountsPerDay, steadyMs),
    linkAccountQuota: new AccountQuota(accountsPerDay * ACCOUNTS_BY_LINK_FACTOR, steadyMs),
    registration: new Registration(options.registration ?? 'open', options.dataDir),
    tickets: new TicketIssuer(ticketKeyPem, ticketMs),
    staging: new StagingBudget(clock),
    peerTransport: options.peerTransport,
    announced: options.announce ?? [],
    createIncarnation,
    nowMs,
    steadyMs,
    ticketMs,
    log: options.log,
    activity: new Activity({ clock, log: options.log, onEvent: (kind) => metrics.onEvent(kind) }),
    joinPace: new JoinPace(steadyMs),
    searchPace: new SearchPace(steadyMs),
    guestPace: new GuestPace(steadyMs),
  };
  return context;
}

interface TurnParts {
  readonly store: Store;
  readonly fellows: Fellows | undefined;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

function createTurns({ store, fellows, clock, metrics }: TurnParts): TurnQueue<StoreTransaction> {
  return new TurnQueue<StoreTransaction>({
    commit: (changes) =>
      fellows ? fellows.committed(() => store.transactions(changes)) : store.transactions(changes),
    steadyMs: clock.turnMs,
    looksBeside: store.readsBeside,
    patience: { lookMs: DATABASE_LOOK_WAIT_MS, delay: clock.delay },
    onTurn: (waitedMs) => metrics.onTurn(waitedMs),
    onCommitted: (tookMs) => metrics.onCommitted(tookMs),
  });
}

function createClearing(
  { log }: TrackerOptions,
  delay: Clock['delay'],
  context: () => TrackerContext,
): Clearing {
  return new Clearing({
    clearSome: (from) => clearSome(context(), from),
    dropContents: (besideRemovals) => dropContents(context(), besideRemovals),
    onFailed: failedIn(log, 'what was left could not be removed; it is tried again'),
    delay,
  });
}

function createReach(
  options: TrackerOptions,
  { steadyMs, delay }: Clock,
  presence: Presence<DeviceHolder>,
): Reach {
  return new Reach({
    dialBack: options.dialBack ?? createDialBack(options.peerTransport),
    nowMs: steadyMs,
    delay,
    // In no turn: where a device is reached decides nothing that a turn judges.
    onLookedAt: (deviceId, told, { proven: addresses, tried }) => {
      presence.setAddresses(deviceId, told);
      presence.holderOf(deviceId)?.push('reach', { addresses, tried });
    },
    isOwnHost: isOwnAddress,
  });
}

function createRelay(
  { relayBytesPerSecond: bytesPerSecond }: TrackerOptions,
  delay: Clock['delay'],
): Relay | undefined {
  return bytesPerSecond === undefined
    ? undefined
    : new Relay({ rate: createRateCell(bytesPerSecond), delay });
}

/** What was found between turns is applied at the end of one. */
function takeTurn(turns: TurnQueue<StoreTransaction>): void {
  const nothing = { work: () => Promise.resolve(), onCommitted: () => undefined };
  detach(
    // While the database is away it is refused; it is asked for again then.
    () => turns.change(nothing).catch(() => undefined),
    () => bug('a refusal was taken'),
  );
}

function failedIn(log: TrackerOptions['log'], event: string): (error: unknown) => void {
  return (error) => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log({ level: 'error', event, fields: { reason } });
  };
}

/** What the operator reads of it. */
function fellowsLog({
  log,
  presenceUrl = 'redis://',
}: TrackerOptions): Pick<FellowsOptions, 'onPresenceServer' | 'onNotApplied' | 'onUnforeseen'> {
  const server = shownPresence(presenceUrl);
  return {
    onPresenceServer: (state, reason) => {
      if (state === 'up') {
        log({ level: 'info', event: 'the presence server answers', fields: { server } });
      } else {
        log({ level: 'warn', event: 'the presence server is away', fields: { server, reason } });
      }
    },
    onNotApplied: failedIn(log, 'a change of another tracker could not be applied'),
    onUnforeseen: failedIn(log, 'telling other trackers failed'),
  };
}
