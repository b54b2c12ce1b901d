/**
 * What a change of each kind takes, with the database of the data folder and with a PostgreSQL server of this machine,
 * both synced: how many one caller makes in a second, processor time of this process for each, and of PostgreSQL how
 * many statements and how many round trips. The requests go straight to their handlers, with a key each where clients
 * send one.
 *
 *   node dist/native-bench/turn-cost.js [changes=200] [rounds=3] [store: sqlite, postgres or both]
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { isAskedOnce } from '../src/net/asked-once.js';
import type { TrackerMethod, TrackerMethods } from '../src/net/tracker-api.js';
import type { Handler, TrackerContext } from '../src/tracker/context.js';
import { handlers } from '../src/tracker/handlers/all.js';
import { onceKey } from '../src/tracker/kept-answers.js';
import { openPostgresStore } from '../src/tracker/store/postgres/store-postgres.js';
import { openSqliteStore } from '../src/tracker/store/sqlite/store-sqlite.js';
import type { Store, StoreTransaction } from '../src/tracker/store/store.js';
import { TurnQueue } from '../src/tracker/turn-queue.js';
import { noPostgres, PostgresServer } from '../test/fixtures/postgres-server.js';
import { sampleFile, type SampleFile } from '../test/tracker/tracker-client.js';
import { TrackerScene, type FakeClient } from '../test/tracker/tracker-scene.js';

const [changes = 200, rounds = 3] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4] ?? 'both';
/** Files in each call of `shareFiles`. */
const TOGETHER = 64;

/** What went to PostgreSQL so far. */
const sent = { statements: 0, flights: 0, unanswered: 0 };
countStatements();

const missing = noPostgres();
if (missing !== undefined) console.log(missing);
for (let round = 0; round < rounds; round++) {
  if (only !== 'postgres') await withSqlite((store) => measure('SQLite', store));
  if (only !== 'sqlite' && missing === undefined) {
    await withPostgres((store) => measure('PostgreSQL', store));
  }
}

function countStatements(): void {
  const prototype = Client.prototype as unknown as {
    query: (...args: unknown[]) => Promise<unknown>;
  };
  const plain = prototype.query;
  prototype.query = function (...args) {
    sent.statements++;
    if (sent.unanswered++ === 0) sent.flights++;
    const answered = plain.apply(this, args);
    const end = (): void => void sent.unanswered--;
    answered.then(end, end);
    return answered;
  };
}

async function withSqlite(run: (store: Store) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-turn-cost-'));
  const store = await openSqliteStore(join(folder, 'tracker.db'));
  await run(store);
  await store.close();
  await rm(folder, { recursive: true });
}

async function withPostgres(run: (store: Store) => Promise<void>): Promise<void> {
  const server = await PostgresServer.open({ isDurable: true });
  const store = await openPostgresStore({
    url: await server.createDatabase(),
    onOthersMayHaveWritten: () => undefined,
    onUntoldChanges: () => undefined,
  });
  await run(store);
  await store.close();
  await server.remove();
}

async function measure(name: string, store: Store): Promise<void> {
  const scene = new TrackerScene(store);
  // Without what the scene does for tests at the end of each turn.
  const turns = new TurnQueue<StoreTransaction>({
    commit: (works) => store.transactions(works),
    looksBeside: store.readsBeside,
    steadyMs: () => performance.now(),
  });
  const context: TrackerContext = { ...scene.context, store, turns };
  const anna = await scene.enter('anna');
  const bert = await scene.enter('bert');
  const group = (n: number): string => `group-${n}`;
  // No more groups at a time than a user may have.
  const groups = Math.min(changes, 45);
  const files = Array.from({ length: changes }, (_, n) => named(`f${n}`, sampleFile(n)));
  await told(name, 'createGroup', groups, async (n) => {
    scene.nowMs += 1_000_000;
    await ask(context, anna, 'createGroup', { groupId: group(n) });
  });
  await told(name, 'joinGroup', groups, async (n) => {
    scene.nowMs += 1_000_000;
    await ask(context, bert, 'joinGroup', { groupId: group(n) });
  });
  await told(name, 'acceptRequest', groups, (n) =>
    ask(context, anna, 'acceptRequest', { groupId: group(n), userId: 'bert' }),
  );
  await told(name, 'leaveGroup', groups, (n) =>
    ask(context, bert, 'leaveGroup', { groupId: group(n) }),
  );
  const account = { userId: 'anna', password: 'password of anna' };
  await told(name, 'login', changes, () => ask(context, anna, 'login', account));
  const groupId = group(0);
  await told(name, 'shareFile', changes, (n) =>
    ask(context, anna, 'shareFile', { groupId, ...files[n]! }),
  );
  const calls = Math.ceil(changes / TOGETHER);
  await told(name, `shareFiles of ${TOGETHER}`, calls, (n) => {
    const batch = Array.from({ length: TOGETHER }, (_, k) => {
      const seed = n * TOGETHER + k;
      return named(`many ${seed}`, sampleFile(changes + seed));
    });
    return ask(context, anna, 'shareFiles', { groupId, files: batch, announce: false });
  });
  await told(name, 'stopShare', changes, (n) =>
    ask(context, anna, 'stopShare', { groupId, name: `f${n}` }),
  );
}

function named(name: string, { fileId, description }: SampleFile) {
  return { name, fileId, description };
}

/** Calls a handler, with a key if clients send one. */
async function ask<M extends TrackerMethod>(
  context: TrackerContext,
  { session }: FakeClient,
  method: M,
  params: TrackerMethods[M]['params'],
): Promise<void> {
  const key = randomBytes(16).toString('hex');
  const owner = `user ${session.login?.userId ?? ''}`;
  const once = isAskedOnce(method, params) ? onceKey(owner, method, params, key) : undefined;
  const handler: Handler<M> = handlers[method];
  await handler({ context, session, once }, params);
}

async function told(
  store: string,
  what: string,
  count: number,
  change: (n: number) => Promise<void>,
): Promise<void> {
  const { statements, flights } = sent;
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  for (let n = 0; n < count; n++) await change(n);
  const tookMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const each = (value: number): string => (value / count).toFixed(1);
  const asked =
    store === 'SQLite'
      ? ''
      : `; ${each(sent.statements - statements)} statements in ${each(sent.flights - flights)} round trips`;
  const perSecond = ((count / tookMs) * 1_000).toFixed(0);
  const load = loadavg()[0]!.toFixed(1);
  console.log(
    `${store}: ${what}: ${perSecond}/s, ${each(user + system)} µs of a processor${asked}; load ${load}`,
  );
}
