/** `upload` of several files: shares each, skips folders, and goes on when one fails. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { P2pError, UsageError } from '../../net/errors.js';
import { isSwitchedOn, textOption, type CommandContext, type Given } from '../cli/command.js';
import type { UploadResult } from '../api/progress.js';
import { BulkRun, type BulkItem, type ItemOutcome } from './bulk-run.js';

/** A file to share, by its absolute path. */
interface FileToShare extends BulkItem {
  readonly path: string;
}

/** Shares them; rejects with the code of the first failure, after the summary. */
export async function uploadMany(
  { engine, out, signal, isEngineStaying }: CommandContext,
  given: Given,
  groupId: string,
  paths: readonly string[],
): Promise<void> {
  if (textOption(given, 'as') !== undefined) {
    throw new UsageError('--as names one file; share the files one by one to rename them');
  }
  const how = {
    sha256: isSwitchedOn(given, 'sha256'),
    replace: isSwitchedOn(given, 'replace'),
  };
  const run = new BulkRun<FileToShare>({
    items: await Promise.all(paths.map(fileToShare)),
    verb: 'shared',
    already: 'shared already',
    title: `sharing with ${groupId}`,
    out,
    signal,
    work: async ({ path }, onBytes) => {
      const upload = engine.upload({ path, groupId, ...how, signal }, ({ hashed }) =>
        onBytes(hashed),
      );
      return upload.then(asOutcome, asSkipped);
    },
  });
  await run.run();
  if (!isEngineStaying) out.note('p2p serve offers them to the group while it runs');
}

/** What cannot be looked at has no size here, and fails when its turn comes. */
async function fileToShare(path: string): Promise<FileToShare> {
  const size = await stat(path).then(
    (stats) => (stats.isFile() ? stats.size : 0),
    () => 0,
  );
  return { path, name: basename(path), size };
}

function asOutcome({ size, outcome }: UploadResult): ItemOutcome {
  if (outcome === 'already-shared') return { kind: 'already' };
  return { kind: 'done', bytes: size };
}

/** A pattern of the shell matches folders too, and nobody meant those. */
function asSkipped(error: unknown): ItemOutcome {
  if (!(error instanceof P2pError) || error.code !== 'NOT_A_FILE') throw error;
  return { kind: 'skipped', why: 'not a file' };
}
