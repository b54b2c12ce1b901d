/** `tracker-check`, also written `tracker check`: looks whether a tracker's data, or a backup of them, are sound. */
import { join, resolve } from 'node:path';
import { ExitStatus, UsageError } from '../../net/errors.js';
import type { Flaw, TrackerUpkeep } from '../../net/tracker-upkeep.js';
import { isTyped, textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import type { Output } from '../terminal/output.js';
import { formatBytes, formatCount, formatTime } from '../terminal/quantities.js';
import { backupRecord } from './backup-record.js';
import { dataDirOf } from './tracker.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { parts, environment, out } = context;
  const upkeep = await parts.trackerUpkeep();
  const file = given.args['file'];
  if (file === undefined) return checkFolder(upkeep, await dataDirOf(given, environment), out);
  if (textOption(given, 'data') !== undefined && isTyped(given, 'data')) {
    throw new UsageError('a backup or a data folder? name one of them');
  }
  return checkBackup(upkeep, resolve(environment.cwd, file), out);
}

async function checkBackup(upkeep: TrackerUpkeep, path: string, out: Output): Promise<number> {
  const facts = await upkeep.checkBackup(path);
  const { identity, version, schema } = facts;
  out.result({ path, ...backupRecord(facts) }, [
    `${path}: a whole backup of ${formatBytes(facts.bytes)}`,
    `tracker ${identity}, made on ${formatTime(facts.madeAtMs)} by version ${version}, schema ${schema}`,
  ]);
  return ExitStatus.ok;
}

async function checkFolder(upkeep: TrackerUpkeep, dataDir: string, out: Output): Promise<number> {
  const facts = await upkeep.check(dataDir);
  const { isElsewhere, flaws, schema, knownSchema, identity, version, histories, entries } = facts;
  const schemaText = schema === undefined ? 'none that can be read' : `${schema}`;
  const id = `tracker ${identity ?? 'without an identity'}`;
  const ofDatabase = isElsewhere
    ? [
        `${id}, whose database is on a PostgreSQL server; that was not looked at, only the files of the folder`,
      ]
    : [
        `${id}, schema ${schemaText} (version ${version} knows ${knownSchema})`,
        `${formatCount(entries, 'entry', 'entries')} in the histories of ${formatCount(histories, 'group')} lead from one to the next`,
      ];
  const isSound = flaws.length === 0;
  const record = { isElsewhere, schema, knownSchema, identity, histories, entries, flaws };
  out.result({ dataDir, isSound, programVersion: version, ...record }, [
    `${dataDir}: ${flaws.length === 0 ? 'sound' : formatCount(flaws.length, 'flaw')}`,
    ...ofDatabase,
    ...flaws.map((flaw) => flawText(flaw, dataDir)),
  ]);
  return flaws.length === 0 ? ExitStatus.ok : ExitStatus.integrity;
}

function flawText(flaw: Flaw, dataDir: string): string {
  switch (flaw.kind) {
    case 'database':
      return `the database: ${flaw.detail}; restore a backup into another folder`;
    case 'history':
      return `the history of ${flaw.groupId} breaks at entry ${flaw.seq}: somebody changed the database; compare it with a backup`;
    case 'missing':
      return `${join(dataDir, flaw.name)} is missing; restore it from a backup`;
    case 'damaged':
      return `${join(dataDir, flaw.name)} is damaged; restore it from a backup`;
    case 'open-to-others':
      return `${join(dataDir, flaw.name)} is open to others (mode ${flaw.mode.toString(8)}); run \`chmod go-${isFolder(flaw.name) ? 'w' : 'rwx'}\` on it`;
    case 'newer-schema':
      return 'a newer version of the tracker wrote the database, and this one cannot start on it; update this one';
  }
}

function isFolder(name: string): boolean {
  return name === '.' || name === 'invites';
}
