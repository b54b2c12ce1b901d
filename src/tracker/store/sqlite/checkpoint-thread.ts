/**
 * The entry of the thread that keeps the log of the tracker's database short. All syncs that this takes are waited for
 * here. Owns a connection to the database from its first order until `close`, with which the thread ends.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { crash, detach } from '../../../net/detach.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../../net/embedded-database.js';
import { bug } from '../../../net/errors.js';
import { sqliteResultOf } from '../../../net/system-errors.js';
import type { CheckpointOrder, CheckpointReply } from './checkpoint-messages.js';
import { beginLogAnew, copyLog, mayBeTriedAgain } from '../../../net/checkpoints.js';

const port = parentPort ?? bug('a thread has no port');
let database: EmbeddedDatabase | undefined;

async function carryOut(order: Exclude<CheckpointOrder, 'close'>): Promise<CheckpointReply> {
  try {
    database ??= await opened(workerData as string);
  } catch (error) {
    return failed(error, false);
  }
  try {
    const { frames, isDone } = order === 'copy' ? copyLog(database) : beginLogAnew(database);
    return { ok: true, frames, isDone };
  } catch (error) {
    return failed(error, !mayBeTriedAgain(error));
  }
}

function failed(error: unknown, isLost: boolean): CheckpointReply {
  const { message } = error as Error;
  return { ok: false, message, errcode: sqliteResultOf(error), isLost };
}

async function opened(path: string): Promise<EmbeddedDatabase> {
  const opened = await openEmbeddedDatabase(path);
  opened.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
  return opened;
}

port.on('message', (order: CheckpointOrder) => {
  if (order === 'close') {
    database?.close();
    return port.close();
  }
  detach(async () => port.postMessage(await carryOut(order)), crash);
});
