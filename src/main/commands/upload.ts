/** `upload_file`: shares files and folders; only their descriptions go to the tracker. */
import { basename } from 'node:path';
import { checkName } from '../../net/names.js';
import { untilAborted } from '../../net/until-aborted.js';
import {
  STANDARD,
  argument,
  isSwitchedOn,
  listOption,
  repeatedArgument,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import type { UploadProgress } from '../api/progress.js';
import { formatBytes, formatCount } from '../terminal/quantities.js';
import { ProgressRate } from '../terminal/progress-rate.js';
import { noteLeftOut } from './left-out-notes.js';
import { uploadRecord } from './upload-record.js';
import { ToldWork } from './told-work.js';
import { answerOfOne } from './transfer-answer.js';
import { withInput } from './upload-input.js';

export function run(context: CommandContext, given: Given): Promise<void> {
  return upload(context, given, () => undefined);
}

/** `onSharing` hears of the work of the engine, which may outlive whoever waits for it. */
async function upload(
  context: CommandContext,
  given: Given,
  onSharing: (sharing: Promise<unknown>) => void,
): Promise<void> {
  const { engine, out, signal, isEngineStaying } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const paths = repeatedArgument(given, 'file');
  if (paths.length > 1 || isSwitchedOn(given, 'each')) {
    const { uploadMany } = await import('./upload-many.js');
    return uploadMany(context, given, groupId, paths);
  }
  const as = textOption(given, 'as');
  if (paths[0] === STANDARD) {
    return withInput(context, { groupId, as }, (path, hear) =>
      upload(context, { ...given, args: { ...given.args, file: path } }, hear),
    );
  }
  const startedMs = performance.now();
  const meter = new ProgressRate(() => performance.now());
  const request = {
    path: argument(given, 'file'),
    groupId,
    signal,
    sha256: isSwitchedOn(given, 'sha256'),
    replace: isSwitchedOn(given, 'replace'),
    exclude: [...listOption(given, 'exclude')],
    ...(as === undefined ? {} : { as: checkName('file', as) }),
  };
  const told = new ToldWork(out, { work: 'upload', groupId });
  const uploading = engine.upload(request, ({ fileName, size, hashed }: UploadProgress) => {
    // What is on its way from the threads may still come in.
    if (signal.aborted) return;
    const bytesPerSecond = meter.onTotal(hashed);
    const figures = { size, done: hashed, bytesPerSecond };
    told.onProgress({ fileName, state: 'reading', ...figures }, performance.now());
    out.progress({
      title: fileName,
      phase: 'reading',
      size,
      done: hashed,
      bytesPerSecond,
      detail: '',
    });
  });
  onSharing(uploading);
  const named = as ?? basename(request.path);
  const shared = await told.until(untilAborted(signal, uploading), named, ({ size }) => size);
  const { name, size, folder } = shared;
  if (folder) noteLeftOut(out, name, folder.leftOut);
  const what = folder
    ? `${name}/ (${formatCount(folder.files, 'file')}, ${formatBytes(size)})`
    : `${name} (${formatBytes(size)})`;
  const kind = shared.outcome === 'already-shared' ? 'already' : 'done';
  out.result(
    { groupId, ...answerOfOne(kind, uploadRecord(shared), performance.now() - startedMs) },
    [
      {
        created: `sharing ${what} with ${groupId}`,
        'source-added': `sharing ${what} with ${groupId}, as one more source`,
        replaced: `sharing ${what} with ${groupId}, as the newer version`,
        'already-shared': `${what} is shared with ${groupId} already`,
      }[shared.outcome],
    ],
  );
  if (!isEngineStaying) out.note('p2p serve offers it to the group while it runs');
}
