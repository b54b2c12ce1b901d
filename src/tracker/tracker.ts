/**
 * Puts a tracker together and takes it apart: folder, store, rules, server. One tracker owns
 * one data folder and one port. Lifecycle: startTracker → running → close, which may be called
 * more than once and resolves when nothing of the tracker is left.
 */
import { deviceIdOfCredentials, type DeviceCredentials } from '../net/device-identity.js';
import { P2pError, UsageError } from '../net/errors.js';
import type { PeerAddress } from '../net/tracker-api.js';
import { agreeIn } from './agreed-keys.js';
import { createAdminCalls } from './admin/admin-calls.js';
import { AdminServer } from './admin/admin-server.js';
import { RequestBudget } from './request-budget.js';
import { systemClock, type Clock } from './clock.js';
import type { TrackerContext } from './context.js';
import { createContext, type JoinFellows, type RunContext, type Stored } from './create-context.js';
import { openDataDir, type DataDir } from './data-dir.js';
import { createBriefLook } from './brief-look.js';
import { createHealth } from './health.js';
import { createDispatch } from './dispatch.js';
import type { Log } from './log.js';
import { Metrics } from './metrics.js';
import { ownVersion } from '../net/own-version.js';
import { metricsPage, type ConnectionCounts, type PageSources } from './metrics-page.js';
import { endLogin, sendAllBack } from './online.js';
import { openStore } from './open-store.js';
import { readPresented } from './presented-certificate.js';
import { keptPage } from '../net/figures/kept-page.js';
import type { Health, StatusPagesOptions } from '../net/figures/status-pages.js';
import { StatusServer } from '../net/figures/status-server.js';
import { TrackerServer } from './sessions/server.js';
import type { Session } from './sessions/session.js';
import { SessionRegistry } from './sessions/session-registry.js';
import type { Store } from './store/store.js';
import { startTicketTime } from './ticket-time.js';
import type { TrackerOptions } from './tracker-options.js';
import type { TrackerKeys } from './tracker-keys.js';
import { FactView } from './view/fact-view.js';

export type { TrackerOptions } from './tracker-options.js';

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
  const { isNew = false, databaseUrl, presenceUrl, log } = options;
  const isElsewhere = databaseUrl !== undefined;
  const isShared = presenceUrl !== undefined;
  if (isShared && !isElsewhere) throw new UsageError(PRESENCE_ALONE);
  const dataDir = await openDataDir(options.dataDir, { isNew, isElsewhere });
  const metrics = new Metrics();
  try {
    const view = new FactView();
    const clock = options.clock ?? systemClock;
    const { steadyMs } = clock;
    const sessions = new SessionRegistry<Session>(steadyMs);
    const onOthersMayHaveWritten = (): void => view.forgetAll();
    const onUntoldChanges = (): void => sendAllBack(sessions);
    const { onLost } = options;
    const onHeldUp = (tookMs: number): void => metrics.onHeldUp(tookMs);
    const hears = { onOthersMayHaveWritten, onUntoldChanges };
    const events = { ...hears, onHeldUp, ...(onLost && { onLost }) };
    const store = await openStore(dataDir, { databaseUrl, isNew, isShared, log, ...events });
    const keys = await keysOf(dataDir, store, { isNew, log });
    const ticketMs = await ticketTimeOf(store, clock);
    const stored = { store, view, sessions, ticketMs, metrics };
    return await run(options, stored, { ...keys, presented }, dataDir);
  } catch (error) {
    metrics.close();
    dataDir.release();
    throw error;
  }
}

const PRESENCE_ALONE =
  'trackers share a PostgreSQL database and a presence server, not one of them; name the database with --database or P2P_DATABASE, or leave --presence and P2P_PRESENCE out';

/** What makes several trackers one is loaded by those that are. */
async function joinFellows(
  { presenceUrl }: TrackerOptions,
  { outbox }: Store,
  ticketKeyPem: string,
): Promise<JoinFellows | undefined> {
  if (presenceUrl === undefined || !outbox) return undefined;
  const { Fellows } = await import('./fellows/fellows.js');
  return (options) => new Fellows({ ...options, presenceUrl, outbox, ticketKeyPem });
}

/** A key that is made where there are accounts is news: the one before is gone. */
async function keysOf(
  dataDir: DataDir,
  store: Store,
  { isNew, log }: { readonly isNew: boolean; readonly log: Log },
): Promise<TrackerKeys> {
  try {
    const { users } = await store.counts();
    const onMade = (name: string): void => {
      if (users > 0) log({ level: 'warn', event: 'a missing key was made anew', fields: { name } });
    };
    const { sharedKeys } = store;
    // Of several one may come with an empty folder, and not take the place of the one that has the keys.
    const mayBeNew = isNew || dataDir.hadKeys || users === 0;
    return await dataDir.keys(onMade, sharedKeys && agreeIn(sharedKeys, { mayBeNew }));
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Trackers that share a database share its time, too. */
async function ticketTimeOf(store: Store, clock: Clock): Promise<() => number> {
  try {
    const sharedMs = await store.outbox?.nowMs();
    return startTicketTime(sharedMs === undefined ? clock : { ...clock, nowMs: () => sharedMs });
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function run(
  options: TrackerOptions,
  { metrics, ...stored }: Stored & { readonly metrics: Metrics },
  keys: TrackerKeys & { readonly presented: DeviceCredentials | undefined },
  dataDir: DataDir,
): Promise<Tracker> {
  const join = await joinFellows(options, stored.store, keys.ticketKeyPem);
  const context = createContext(options, stored, metrics, keys.ticketKeyPem, join);
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
    await context.clearing.close();
    await context.fellows?.close();
    await context.turns.idle();
    context.watches.close();
    context.followed.close();
    await context.reach.close();
    context.staging.close();
    context.activity.flush();
    metrics.close();
    await stored.store.close();
    dataDir.release();
  };
  try {
    await context.fellows?.start();
    const { address: host, port } = await server.listen();
    const status = await statusServer?.listen();
    admin = await openAdminSocket(options, context);
    context.clearing.wake();
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
  const counts = createBriefLook(() => context.store.counts());
  const sources: PageSources = {
    metrics,
    counts,
    connections,
    pendingRequests: () => budget.total,
    version: ownVersion(),
    schema: context.store.schema,
  };
  return {
    health: createHealth({ look: counts, known: () => healthOf(context) }),
    metricsPage: keptPage(() => metricsPage(context, sources), clock.steadyMs),
    onUnforeseen: (error) => logUnforeseen(log, error),
  };
}

/** While the database answers. */
function healthOf({ outbox, fellows }: TrackerContext): Health {
  if (outbox?.isStale === true) return 'not ready';
  return fellows && !fellows.isHeard ? 'alone' : 'ok';
}

function logUnforeseen(log: Log, error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log({ level: 'error', event: 'request failed', fields: { reason } });
}
