/**
 * Campaign: databases of the first version with many rows, of the tracker and of a client, are moved up
 * to the present one, and each step is measured.
 *
 *   node dist/test/campaigns/old-databases.js [--short] [--rows 1000000]
 *
 * Rows are users, groups and shares for the tracker, shares and downloads for a library. All steps
 * together may take 10 s of a processor for a million; the time on the wall is told beside it.
 */
import { join } from 'node:path';
import { migrateLibrary, migrations } from '../../src/main/home/library-schema.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../src/net/embedded-database.js';
import { migrate, schemaSteps } from '../../src/tracker/store/sqlite/migrations.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { isWithin } from '../fixtures/machine-pace.js';

const MOST_CPU_MS = 10_000;
const SHORT_ROWS = 20_000;
const LONG_ROWS = 1_000_000;

/** Numbers from 0 to below `count`, as a table. */
const numbers = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`;

/** A fifth of the rows are users, a twentieth groups, the rest files, shares, members, devices. */
function fillTracker(database: EmbeddedDatabase, rows: number): void {
  const [users, groups, files] = [rows / 5, rows / 20, rows / 5].map(Math.floor);
  database.exec(`BEGIN;
    INSERT INTO users (user_id, password_hash, created_at_ms)
      ${numbers(users!)} SELECT 'user-' || i, 'hash', i FROM n;
    INSERT INTO tokens ${numbers(users!)} SELECT 'token-' || i, 'user-' || i, 'pc', 9e12 FROM n;
    INSERT INTO groups (group_id, owner_id, created_at_ms)
      ${numbers(groups!)} SELECT 'group-' || i, 'user-' || i, i FROM n;
    INSERT INTO members (group_id, user_id, joined_at_ms)
      ${numbers(groups!)} SELECT 'group-' || i, 'user-' || i, i FROM n;
    INSERT INTO descriptions VALUES ('content', 1, 1);
    INSERT INTO files (group_id, name, file_id, size)
      ${numbers(files!)} SELECT 'group-' || (i % ${groups}), 'file-' || i, 'content', 1 FROM n;
    INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms)
      ${numbers(files!)}
      SELECT 'group-' || (i % ${groups}), 'file-' || i, 'user-' || (i % ${groups}), 'pc', i FROM n;
    COMMIT`);
}

function fillLibrary(database: EmbeddedDatabase, rows: number): void {
  const half = Math.floor(rows / 2);
  database.exec(`BEGIN;
    INSERT INTO descriptions VALUES ('content', 262144, x'00');
    INSERT INTO shares (tracker_id, user_id, group_id, name, file_id, path, size, mtime_ns, inode, shared_at_ms)
      ${numbers(half)} SELECT 't', 'ann', 'chess', 'file-' || i, 'content', '/f/' || i, 1, '1', '1', i FROM n;
    INSERT INTO downloads (id, tracker_id, user_id, group_id, name, file_id, path, part_path, size, state, started_at_ms, finished_at_ms)
      ${numbers(half)} SELECT 'd' || i, 't', 'ann', 'chess', 'file-' || i, 'content', '/f/' || i, '/f/' || i || '.part', 1, 'complete', i, i FROM n;
    COMMIT`);
}

interface OldDatabase {
  readonly name: string;
  readonly versions: number;
  readonly moveUp: (database: EmbeddedDatabase, path: string, version: number) => void;
  readonly fill: (database: EmbeddedDatabase, rows: number) => void;
}

const databases: readonly OldDatabase[] = [
  {
    name: 'tracker.db',
    versions: schemaSteps.length,
    moveUp: (database, _path, version) => migrate(database, undefined, version),
    fill: fillTracker,
  },
  {
    name: 'library.db',
    versions: migrations.length,
    moveUp: (database, path, version) => migrateLibrary(database, path, version),
    fill: fillLibrary,
  },
];

async function measure({ folder, say, measured }: Campaign, old: OldDatabase, rows: number) {
  const path = join(folder, old.name);
  const database = await openEmbeddedDatabase(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  old.moveUp(database, path, 1);
  old.fill(database, rows);
  let [totalMs, totalCpuMs] = [0, 0];
  for (let version = 2; version <= old.versions; version++) {
    const [startedAtMs, cpu] = [performance.now(), process.cpuUsage()];
    old.moveUp(database, path, version);
    const tookMs = performance.now() - startedAtMs;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = (user + system) / 1000;
    totalMs += tookMs;
    totalCpuMs += cpuMs;
    const took = `${tookMs.toFixed(0)} ms (processor ${cpuMs.toFixed(0)} ms)`;
    say(`  ${old.name}, ${rows} rows, step ${version}: ${took}`);
  }
  database.close();
  const [seconds, cpuSeconds] = [totalMs, totalCpuMs].map((ms) => (ms / 1000).toFixed(1));
  measured(
    isWithin(totalCpuMs, MOST_CPU_MS),
    `${old.name}: all steps with ${rows} rows took ${seconds} s, ${cpuSeconds} s of a processor`,
  );
}

await runCampaign('old-databases', async (campaign) => {
  const rows = Number(valueOf('--rows') ?? (campaign.isShort ? SHORT_ROWS : LONG_ROWS));
  for (const old of databases) await measure(campaign, old, rows);
});
