/**
 * Makes the data folder of a tracker with users who have logged in, groups and shared files: through the
 * tracker's own store, because making them over the wire would take a password's hash each.
 */
import { createDeviceCredentials, deviceIdOfCredentials } from '../../src/net/device-identity.js';
import { MIN_PIECE_LENGTH, SESSION_LIFETIME_MS } from '../../src/net/limits.js';
import { createIncarnation } from '../../src/net/ticket.js';
import { createToken, hashToken } from '../../src/tracker/accounts/session-token.js';
import { openDataDir } from '../../src/tracker/data-dir.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import type { StoreTransaction } from '../../src/tracker/store/store.js';
import { sampleFile } from '../../test/tracker/tracker-client.js';
import {
  FILES_PER_GROUP,
  MEMBERS_PER_GROUP,
  type LoadDevice,
  type LoadFile,
  type LoadWorld,
} from './world.js';

export interface SeedOptions {
  /** Where the tracker's data is to lie. */
  readonly dataDir: string;
  readonly devices: number;
  /** Files that the last device shares besides, in its group. @default 0 */
  readonly extraFiles?: number;
  /** @default MEMBERS_PER_GROUP */
  readonly membersPerGroup?: number;
}

const USERS_PER_COMMIT = 200;
const EXTRA_PER_COMMIT = 2_000;

export async function seedWorld(options: SeedOptions): Promise<LoadWorld> {
  const { dataDir, devices: count, extraFiles = 0, membersPerGroup = MEMBERS_PER_GROUP } = options;
  const folder = await openDataDir(dataDir);
  const store = await openSqliteStore(folder.storePath);
  const files = Array.from({ length: FILES_PER_GROUP }, (_, n) => fileAt(n));
  const devices: LoadDevice[] = [];
  try {
    await folder.keys(() => undefined);
    while (devices.length < count) {
      const until = Math.min(count, devices.length + USERS_PER_COMMIT);
      await store.transaction(async (tx) => {
        while (devices.length < until) {
          devices.push(await addUser(tx, devices.length, membersPerGroup, files));
        }
      });
    }
    for (let done = 0; done < extraFiles; done += EXTRA_PER_COMMIT) {
      const until = Math.min(extraFiles, done + EXTRA_PER_COMMIT);
      await store.transaction(async (tx) => {
        for (let n = done; n < until; n++) await share(tx, devices.at(-1)!, extraFile(n));
      });
    }
  } finally {
    await store.close();
    folder.release();
  }
  return {
    devices,
    files: files.map(({ name, fileId, description }) => ({ name, fileId, description })),
  };
}

interface SeededFile extends LoadFile {
  readonly size: number;
  readonly bytes: Uint8Array;
}

function fileAt(index: number): SeededFile {
  return { name: `holiday ${index}.bin`, ...sampleFile(index + 1) };
}

/** Each a content of its own, as the files of somebody who shares many are. */
function extraFile(index: number): SeededFile {
  const sample = sampleFile(index % 250, 2 + Math.floor(index / 250));
  return { name: `archive ${index}.bin`, ...sample, size: sample.size || MIN_PIECE_LENGTH };
}

async function addUser(
  tx: StoreTransaction,
  index: number,
  membersPerGroup: number,
  files: readonly SeededFile[],
): Promise<LoadDevice> {
  const nowMs = Date.now();
  const group = Math.floor(index / membersPerGroup);
  const place = index % membersPerGroup;
  const [userId, groupId] = [`user-${index}`, `group-${group}`];
  const credentials = createDeviceCredentials();
  const deviceId = deviceIdOfCredentials(credentials);
  const token = createToken();
  await tx.addUser(userId, '', nowMs);
  const login = { tokenHash: hashToken(token), userId, deviceId };
  await tx.addToken({ ...login, expiresAtMs: nowMs + SESSION_LIFETIME_MS });
  await tx.addKnownDevice(userId, deviceId, nowMs);
  if (place === 0) {
    await tx.addGroup({ groupId, creatorId: userId, incarnation: createIncarnation() }, nowMs);
  }
  await tx.addMember(groupId, userId, place === 0 ? 'owner' : 'member', nowMs);
  const device = { ...credentials, userId, token, groupId, place };
  if (place === 0) for (const file of files) await share(tx, device, file);
  return device;
}

async function share(
  tx: StoreTransaction,
  { userId, groupId, ...credentials }: LoadDevice,
  { name, fileId, size, bytes }: SeededFile,
): Promise<void> {
  const nowMs = Date.now();
  if (!(await tx.findDescription(fileId))) await tx.addDescription(fileId, { size }, bytes, userId);
  await tx.addFile({ groupId, name, fileId, size }, nowMs);
  const deviceId = deviceIdOfCredentials(credentials);
  await tx.addShare({ groupId, name, userId, deviceId }, nowMs);
}
