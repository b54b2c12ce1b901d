/**
 * `upload` of several files and folders: shares each, and goes on when one fails. With `--each` a folder
 * stands for the files in it.
 */
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../../net/errors.js';
import { MAX_FILES_AT_A_TIME } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import {
  isSwitchedOn,
  listOption,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import type { UploadResult } from '../api/progress.js';
import { scanFolder } from '../sharing/folder-scan.js';
import { BulkRun, type BulkItem, type ItemOutcome } from './bulk-run.js';
import { noteLeftOut } from './left-out-notes.js';
import { ToldWork } from './told-work.js';
import { uploadRecord } from './upload-record.js';

/** A file or a folder to share, by its absolute path. */
interface ItemToShare extends BulkItem {
  readonly path: string;
}

/** Shares them; rejects with the code of the first failure, after the summary. */
export async function uploadMany(
  context: CommandContext,
  given: Given,
  groupId: string,
  paths: readonly string[],
): Promise<void> {
  const { engine, out, signal, isEngineStaying } = context;
  if (textOption(given, 'as') !== undefined) {
    throw new UsageError('--as names one file; share the files one by one to rename them');
  }
  const exclude = [...listOption(given, 'exclude')];
  const how = {
    sha256: isSwitchedOn(given, 'sha256'),
    replace: isSwitchedOn(given, 'replace'),
    exclude,
  };
  const isEach = isSwitchedOn(given, 'each');
  const run = new BulkRun<ItemToShare>({
    items: await itemsOf(context, paths, isEach ? exclude : undefined),
    groupId,
    verb: 'shared',
    already: 'shared already',
    title: `sharing with ${groupId}`,
    out,
    signal,
    atATime: MAX_FILES_AT_A_TIME,
    work: async ({ path, name }, onProgress) => {
      const request = { path, groupId, ...how, signal };
      const told = new ToldWork(out, { work: 'upload', groupId });
      const uploading = engine.upload(request, ({ hashed: done, size, fileName }) => {
        const figures = { size, done, bytesPerSecond: 0 };
        told.onProgress({ fileName, state: 'reading', ...figures }, performance.now());
        onProgress({ done, phase: 'reading' });
      });
      const shared = await told.until(untilAborted(signal, uploading), name, ({ size }) => size);
      if (shared.folder) noteLeftOut(out, name, shared.folder.leftOut);
      return asOutcome(shared);
    },
  });
  await run.run();
  if (!isEngineStaying) out.note('p2p serve offers them to the group while it runs');
}

/** With patterns of what to leave out, the files in a folder instead of the folder. */
async function itemsOf(
  { out, signal }: CommandContext,
  paths: readonly string[],
  exclude: readonly string[] | undefined,
): Promise<ItemToShare[]> {
  const items: ItemToShare[] = [];
  for (const path of paths) {
    const name = basename(path);
    // What cannot be looked at has no size here, and fails when its turn comes.
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isDirectory() || !exclude) {
      items.push({ path, name, size: stats?.isFile() ? stats.size : 0 });
      continue;
    }
    const { table, leftOut } = await scanFolder(path, exclude, signal);
    noteLeftOut(out, name, leftOut);
    for (const { path: inside, kind, size } of table) {
      if (kind === 'file') items.push({ path: join(path, inside), name: basename(inside), size });
    }
  }
  return items;
}

function asOutcome(shared: UploadResult): ItemOutcome {
  const kind = shared.outcome === 'already-shared' ? 'already' : 'done';
  return { kind, file: uploadRecord(shared) };
}
