/**
 * Where peers were met, as one command leaves it to the next, with the ticket that opened a file there: a small file
 * of the home, 0600, replaced as a whole. A ticket is worth nothing without the device key, which lies beside it. It only saves time, so what cannot be read is nothing, and nobody waits for the disk.
 */
import { lstat, readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { StorageError, toStorageError } from '../../net/errors.js';
import {
  MAX_KEPT_TICKET_BYTES,
  MAX_MET_GROUPS,
  MAX_MET_PEERS_FILE_BYTES,
  MAX_MET_PEERS_PER_GROUP,
} from '../../net/limits.js';
import type { Home } from './home.js';
import { replaceFile } from './write-file-atomic.js';

const FILE_MODE = 0o600;

const text = v.pipe(v.string(), v.nonEmpty());
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

const metPeer = v.object({
  deviceId: text,
  userId: text,
  address: v.object({ host: text, port }),
  latencyMs: v.pipe(v.number(), v.minValue(0)),
});

/** Base64, and until when it is worth a try, by the clock of this machine. */
const keptTicket = v.object({
  bytes: v.pipe(text, v.maxLength(MAX_KEPT_TICKET_BYTES)),
  untilMs: v.number(),
});

const metPeers = v.object({
  trackerId: text,
  userId: text,
  groups: v.pipe(
    v.array(
      v.object({
        groupId: text,
        peers: v.pipe(v.array(metPeer), v.maxLength(MAX_MET_PEERS_PER_GROUP)),
        ticket: v.optional(keptTicket),
      }),
    ),
    v.maxLength(MAX_MET_GROUPS),
  ),
});

/** A device that opened a file for this client at an address, with its key. */
export type MetPeer = v.InferOutput<typeof metPeer>;

export type KeptTicket = v.InferOutput<typeof keptTicket>;

/** Those of one account, by group; those met last come last. */
export type MetPeersRecord = v.InferOutput<typeof metPeers>;

/** Undefined when there are none, or nothing that can be read. */
export async function readMetPeers(
  home: Pick<Home, 'metPeersPath'>,
): Promise<MetPeersRecord | undefined> {
  try {
    const stats = await lstat(home.metPeersPath);
    if (!stats.isFile() || stats.size > MAX_MET_PEERS_FILE_BYTES) return undefined;
    const parsed = v.safeParse(metPeers, JSON.parse(await readFile(home.metPeersPath, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be written is not there next time. */
export async function writeMetPeers(
  home: Pick<Home, 'metPeersPath'>,
  record: MetPeersRecord,
): Promise<void> {
  try {
    await replaceFile(home.metPeersPath, `${JSON.stringify(record)}\n`, FILE_MODE);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

/** Nothing happens when there are none. @throws StorageError */
export async function clearMetPeers(home: Pick<Home, 'metPeersPath'>): Promise<void> {
  try {
    const stats = await lstat(home.metPeersPath).catch(() => undefined);
    // A folder that somebody has put there holds none.
    if (stats?.isDirectory() !== true) await rm(home.metPeersPath, { force: true });
  } catch (error) {
    throw toStorageError(error, `cannot remove ${home.metPeersPath}`);
  }
}
