/**
 * Puts a tracker together and takes it apart: folder, store, rules, server. One tracker owns
 * one data folder and one port. Lifecycle: startTracker → running → close, which may be called
 * more than once and resolves when nothing of the tracker is left.
 */
import { deviceIdOfCredentials, type DeviceCredentials } from '../net/device-identity.js';
import { P2pError, type StorageError, UsageError } from '../net/errors.js';
import { ACCOUNTS_PER_DAY_PER_ADDRESS } from '../net/limits.js';
import { isOwnAddress } from '../net/own-addresses.js';
import { createIncarnation } from '../net/ticket.js';
import type {
  PeerAddress,
  PeerTransport,
  Registration as RegistrationMode,
} from '../net/tracker-api.js';
import { Activity } from './activity.js';
import { createAdminCalls } from './admin/admin-calls.js';
import { AdminServer } from './admin/admin-server.js';
import { AccountQuota } from './accounts/account-quota.js';
import { LoginThrottle } from './accounts/login-throttle.js';
import { Registration } from './accounts/registration.js';
import { RequestBudget } from './request-budget.js';
import type { PasswordCost } from './accounts/password-cost.js';
import { PasswordHasher } from './accounts/password-hasher.js';
import { systemClock, type Clock } from './clock.js';
import type { TrackerContext } from './context.js';
import { openDataDir, type DataDir } from './data-dir.js';
import { createDispatch } from './dispatch.js';
import { EffectApplier } from './effect-applier.js';
import { JoinPace } from './join-pace.js';
import type { Log } from './log.js';
import { Metrics } from './metrics.js';
import { ownVersion } from '../net/own-version.js';
import { metricsPage, type ConnectionCounts, type PageSources } from './metrics-page.js';
import { endLogin, sendAllBack } from './online.js';
import { openStore } from './open-store.js';
import { MemoryPresence } from './presence/presence-memory.js';
import { Watches } from './presence/watches.js';
import { CallAllowance } from './reach/call-allowance.js';
import { CallCounts } from './reach/call-counts.js';
import { MemberRelays } from './relay/member-relays.js';
import { createDialBack } from './reach/dial-back.js';
import { Relay } from '../net/relay/relay.js';
import { createRateCell } from '../net/shared-rate-limiter.js';
import { readPresented } from './presented-certificate.js';
import { Reach, type DialBack } from './reach/reach.js';
import { SearchPace } from './search-pace.js';
import { keptPage } from '../net/figures/kept-page.js';
import type { StatusPagesOptions } from '../net/figures/status-pages.js';
import { StatusServer } from '../net/figures/status-server.js';
import { TrackerServer } from './sessions/server.js';
import type { Session } from './sessions/session.js';
import { SessionRegistry } from './sessions/session-registry.js';
import { StagingBudget } from './sessions/staging-budget.js';
import type { Store } from './store/store.js';
import { TicketIssuer } from './ticket-issuer.js';
import { startTicketTime } from './ticket-time.js';
import type { TrackerKeys } from './tracker-keys.js';
import { TurnQueue } from './turn-queue.js';
import { FactView } from './view/fact-view.js';

export interface TrackerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where keys and database live; created when missing. */
  readonly dataDir: string;
  /** Begins anew where the database is gone and the keys are not. @default false */
  readonly isNew?: boolean | undefined;
  /** The address of a PostgreSQL database to keep in what must not be lost. @default a file in `dataDir` */
  readonly databaseUrl?: string | undefined;
  /** PEM files of a certificate and its key to present instead of the tracker's own. */
  readonly tlsCertPath?: string | undefined;
  readonly tlsKeyPath?: string | undefined;
  /** How peers of this tracker's groups talk to each other. */
  readonly peerTransport: PeerTransport;
  /** Where clients reach it, for those who reach it elsewhere: at most MAX_TRACKER_ADDRESSES. @default nothing */
  readonly announce?: readonly PeerAddress[] | undefined;
  /** Where health and figures are answered, in the clear, and then nowhere else. @default none */
  readonly metricsAddress?: PeerAddress | undefined;
  /** Who may make an account. @default 'open' */
  readonly registration?: RegistrationMode | undefined;
  /** Accounts that one address may make in a day. @default ACCOUNTS_PER_DAY_PER_ADDRESS */
  readonly accountsPerDay?: number | undefined;
  /** What hashing a new password takes. @default PASSWORD_COST */
  readonly passwordCost?: PasswordCost;
  /** How addresses that devices claim are looked at. @default createDialBack */
  readonly dialBack?: DialBack;
  /** What may pass in a second from peers to peers that cannot dial each other. @default nothing */
  readonly relayBytesPerSecond?: number | undefined;
  readonly log: Log;
  /** Its disk has failed: nothing can be stored any more, and it has to be closed. @default nobody hears */
  readonly onLost?: (error: StorageError) => void;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}

export interface Tracker {
  /** Where it listens. */
  readonly address: PeerAddress;
  /** Where health and figures are answered, if that is elsewhere. */
  readonly metricsAddress: PeerAddress | undefined;
  /** The id of the key it presents; clients pin it. */
  readonly deviceId: string;
  /**
   * Presents from now on what lies at --tls-cert and --tls-key by now; connections that are there stay. Answers the
   * id of the key; undefined when it presents a key of its own. @throws UsageError, StorageError what is wrong with
   * the files; then it goes on as it was
   */
  rereadCertificate(): Promise<string | undefined>;
  /** Closes everything; resolves when the port and the folder are free again. */
  close(): Promise<void>;
}

/**
 * Starts a tracker.
 * @throws UsageError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE, BAD_ARGUMENT; StorageError HOME_IN_USE
 * and what the disk says
 */
export async function startTracker(options: TrackerOptions): Promise<Tracker> {
  if (options.relayBytesPerSecond !== undefined && options.peerTransport === 'tcp') {
    throw new UsageError('a relay could read what peers say in the clear; leave --relay out');
  }
  const presented = await readPresented(options);
  const { isNew = false, databaseUrl, log } = options;
  const isElsewhere = databaseUrl !== undefined;
  const dataDir = await openDataDir(options.dataDir, { isNew, isElsewhere });
  const metrics = new Metrics();
  try {
    const view = new FactView();
    const { steadyMs } = options.clock ?? systemClock;
    const sessions = new SessionRegistry<Session>(steadyMs);
    const onOthersMayHaveWritten = (): void => view.forgetAll();
    const onUntoldChanges = (): void => sendAllBack(sessions);
    const { onLost } = options;
    const onHeldUp = (tookMs: number): void => metrics.onHeldUp(tookMs);
    const hears = { onOthersMayHaveWritten, onUntoldChanges };
    const events = { ...hears, onHeldUp, ...(onLost && { onLost }) };
    const store = await openStore(dataDir, { databaseUrl, isNew, log, ...events });
    const keys = await keysOf(dataDir, store, log);
    return await run(options, { store, view, sessions, metrics }, { ...keys, presented }, dataDir);
  } catch (error) {
    metrics.close();
    dataDir.release();
    throw error;
  }
}

/** A key that is made where there are accounts is news: the one before is gone. */
async function keysOf(dataDir: DataDir, store: Store, log: Log): Promise<TrackerKeys> {
  try {
    const { users } = await store.counts();
    return await dataDir.keys((name) => {
      if (users > 0) log({ level: 'warn', event: 'a missing key was made anew', fields: { name } });
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What is stored, what of it is known without asking, and who is concerned when it changes. */
type Stored = Pick<TrackerContext, 'store' | 'view' | 'sessions'>;

async function run(
  options: TrackerOptions,
  { metrics, ...stored }: Stored & { readonly metrics: Metrics },
  keys: TrackerKeys & { readonly presented: DeviceCredentials | undefined },
  dataDir: DataDir,
): Promise<Tracker> {
  const context = createContext(options, stored, metrics, keys.ticketKeyPem);
  const credentials = keys.presented ?? keys.credentials;
  const budget = new RequestBudget();
  const connections = (): ConnectionCounts => server.counts();
  const pages = createPages(options, context, { metrics, budget, connections });
  const { metricsAddress } = options;
  const server = createTrackerServer(options, context, { metrics, budget, credentials, pages });
  const statusServer = metricsAddress && new StatusServer({ ...metricsAddress, ...pages });
  let admin: AdminServer | undefined;
  const close = async (): Promise<void> => {
    await admin?.close();
    context.relay?.close();
    await Promise.all([server.close(), statusServer?.close()]);
    await context.passwords.close();
    await context.turns.idle();
    context.watches.close();
    await context.reach.close();
    context.staging.close();
    context.activity.flush();
    metrics.close();
    await stored.store.close();
    dataDir.release();
  };
  try {
    const { address: host, port } = await server.listen();
    const status = await statusServer?.listen();
    admin = await openAdminSocket(options, context);
    const fields = { version: ownVersion(), schema: stored.store.schema };
    options.log({ level: 'info', event: 'started', fields });
    let closed: Promise<void> | undefined;
    return {
      address: { host, port },
      metricsAddress: status && { host: status.address, port: status.port },
      deviceId: deviceIdOfCredentials(credentials),
      rereadCertificate: async () => {
        const presented = await readPresented(options);
        if (presented === undefined) return undefined;
        server.present(presented);
        return deviceIdOfCredentials(presented);
      },
      close: () => (closed ??= close()),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Without it everything goes on, but for what the operator asks of a tracker that runs. */
async function openAdminSocket(
  { dataDir, log }: TrackerOptions,
  context: TrackerContext,
): Promise<AdminServer | undefined> {
  try {
    return await AdminServer.open({
      dataDir,
      calls: createAdminCalls(context),
      onUnforeseen: (error) => logUnforeseen(log, error),
    });
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    const fields = { reason: error.message };
    log({ level: 'warn', event: 'no commands of the operator are taken', fields });
    return undefined;
  }
}

/** What the tracker closes itself. */
type RunContext = TrackerContext & { readonly reach: Reach; readonly relay: Relay | undefined };

function createRelay(
  { relayBytesPerSecond: bytesPerSecond }: TrackerOptions,
  delay: Clock['delay'],
): Relay | undefined {
  return bytesPerSecond === undefined
    ? undefined
    : new Relay({ rate: createRateCell(bytesPerSecond), delay });
}

function createContext(
  options: TrackerOptions,
  { store, view, sessions }: Stored,
  metrics: Metrics,
  ticketKeyPem: string,
): RunContext {
  const clock = options.clock ?? systemClock;
  const { nowMs, steadyMs, turnMs, delay } = clock;
  const ticketMs = startTicketTime(clock);
  const presence = new MemoryPresence<Session>((groupId, fileId, deviceId) =>
    watches.onPresenceChanged(groupId, fileId, deviceId),
  );
  const watches = new Watches({ presence, random: Math.random, delay });
  const memberRelays = new MemberRelays<Session>();
  const reach = new Reach({
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
  return {
    store,
    turns: new TurnQueue({
      commit: (changes) => store.transactions(changes),
      steadyMs: turnMs,
      looksBeside: store.readsBeside,
      onTurn: (waitedMs) => metrics.onTurn(waitedMs),
      onCommitted: (tookMs) => metrics.onCommitted(tookMs),
    }),
    view,
    presence,
    watches,
    sessions,
    reach,
    calls: new CallAllowance(),
    callCounts: new CallCounts(),
    relay: createRelay(options, delay),
    memberRelays,
    effects: new EffectApplier({ sessions, presence, watches, reach, memberRelays }),
    passwords: new PasswordHasher(options.passwordCost),
    throttle: new LoginThrottle(steadyMs),
    accountQuota: new AccountQuota(
      options.accountsPerDay ?? ACCOUNTS_PER_DAY_PER_ADDRESS,
      steadyMs,
    ),
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
  };
}

interface ServerParts {
  readonly metrics: Metrics;
  readonly budget: RequestBudget;
  readonly credentials: DeviceCredentials;
  readonly pages: StatusPagesOptions;
}

function createTrackerServer(
  { host, port, log, metricsAddress, clock = systemClock }: TrackerOptions,
  context: RunContext,
  { metrics, budget, credentials, pages }: ServerParts,
): TrackerServer {
  return new TrackerServer({
    host,
    port,
    credentials,
    clock,
    relay: context.relay,
    ticketMs: context.ticketMs,
    pages: metricsAddress ? undefined : pages,
    onExcess: ({ network }) => context.activity.note('client let go', network),
    onDropped: (network) => context.activity.note('connection dropped', network),
    onSentBack: (network) => context.activity.note('newcomer sent back', network),
    onRequest: createDispatch(context, metrics, budget),
    onSessionClosed: (session) => endLogin(context, session),
    onUnforeseen: (error) => logUnforeseen(log, error),
  });
}

interface PageParts {
  readonly metrics: Metrics;
  readonly budget: RequestBudget;
  readonly connections: () => ConnectionCounts;
}

function createPages(
  { log, clock = systemClock }: TrackerOptions,
  context: TrackerContext,
  { metrics, budget, connections }: PageParts,
): StatusPagesOptions {
  const sources: PageSources = {
    metrics,
    connections,
    pendingRequests: () => budget.total,
    version: ownVersion(),
    schema: context.store.schema,
  };
  return {
    isHealthy: () =>
      context.store.counts().then(
        () => true,
        () => false,
      ),
    metricsPage: keptPage(() => metricsPage(context, sources), clock.steadyMs),
    onUnforeseen: (error) => logUnforeseen(log, error),
  };
}

function logUnforeseen(log: Log, error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log({ level: 'error', event: 'request failed', fields: { reason } });
}
