/**
 * Makes files of a downloaded folder, and leaves alone what is the same at the destination already. So
 * many files at a time, between which the sockets of the thread go on; where they are to outlive a power
 * cut, all of them are written before the first is synced, so that they share the commits of the disk.
 */
import { fsync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { descriptorShare } from '../../net/descriptor-share.js';
import { CancelledError, toStorageError } from '../../net/errors.js';
import { FILES_MADE_AT_A_TIME } from '../../net/limits.js';
import { Turns } from '../../net/turns.js';
import { ENTRY_OUTCOMES, type MainToUnpack, type UnpackTask } from '../messages/unpacking.js';
import { closeQuietly } from './close-quietly.js';
import { EntryBytes } from './entry-bytes.js';
import { EntryJudge } from './entry-judge.js';
import { EntryMaker } from './entry-maker.js';
import { openContent } from './open-content.js';

const syncFile = promisify(fsync);
/** Of all runs in this thread; there since the first one. */
let syncTurns: Turns | undefined;
/** Each is open until it is synced. */
const filesAtATime = Math.min(FILES_MADE_AT_A_TIME, descriptorShare());

/**
 * Makes the entries of the task.
 * @throws StorageError, CancelledError when main said `close`
 */
export async function unpackFolder(task: UnpackTask): Promise<void> {
  let isCancelled = false;
  task.port.on('message', (message: MainToUnpack) => {
    isCancelled ||= message.type === 'close';
  });
  const content = openContent(task.content);
  const bytes = new EntryBytes(task, content);
  const [judge, maker] = [new EntryJudge(task, bytes), new EntryMaker(task, bytes)];
  const end = task.firstEntry + task.entryCount;
  try {
    for (let first = task.firstEntry; first < end; first += filesAtATime) {
      if (isCancelled) throw new CancelledError('the download was cancelled');
      await makeEntries(task, judge, maker, first, Math.min(end, first + filesAtATime));
      await nextTurn();
    }
  } finally {
    content.close();
  }
}

/** Entries `first` to `end - 1`; what is made is on the disk then, if it is to be. */
async function makeEntries(
  { isSynced, outcomes, syncsAtATime }: UnpackTask,
  judge: EntryJudge,
  maker: EntryMaker,
  first: number,
  end: number,
): Promise<void> {
  const made: number[] = [];
  try {
    for (let entry = first; entry < end; entry++) {
      const outcome = judge.outcomeOf(entry);
      outcomes[entry] = outcome;
      const isMade = outcome === ENTRY_OUTCOMES.made || outcome === ENTRY_OUTCOMES.differs;
      if (!isMade) continue;
      const fd = maker.make(entry);
      if (fd !== undefined) made.push(fd);
    }
    if (isSynced) await syncAll(made, (syncTurns ??= new Turns(syncsAtATime)));
  } finally {
    for (const fd of made) closeQuietly(fd);
  }
}

/** None of them runs any more when it has resolved, or failed. */
async function syncAll(fds: readonly number[], turns: Turns): Promise<void> {
  const settled = await Promise.allSettled(fds.map((fd) => turns.take(() => syncFile(fd))));
  for (const one of settled) {
    if (one.status === 'fulfilled') continue;
    throw toStorageError(one.reason, 'what was downloaded does not reach the disk');
  }
}
