/**
 * `tracker-invite`: makes an invite for a tracker of this machine, which runs meanwhile or not. The
 * code is printed once and kept nowhere; the tracker finds its hash in its data folder.
 */
import { chown, stat } from 'node:fs/promises';
import { ExitStatus, StorageError, UsageError, toStorageError } from '../../net/errors.js';
import {
  createInviteCode,
  encodeInvite,
  hashInviteCode,
  inviteFolderOf,
  invitePathOf,
} from '../../net/invites.js';
import { MAX_INVITE_LIFETIME_MS, MAX_INVITE_USES } from '../../net/limits.js';
import { makeFolder } from '../../net/make-folder.js';
import { textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { createFileAtomic } from '../home/write-file-atomic.js';
import { parseCount, parseDurationMs } from '../terminal/quantities.js';
import { dataDirOf } from './tracker.js';

export async function run({ environment, out }: ProcessContext, given: Given): Promise<number> {
  const uses = parseCount(
    textOption(given, 'uses') ?? '1',
    'a number of accounts',
    1,
    MAX_INVITE_USES,
  );
  const expiresAtMs = Date.now() + lifetimeOf(textOption(given, 'for') ?? '2d');
  const dataDir = await dataDirOf(given, environment);
  const code = createInviteCode();
  await putInvite(dataDir, hashInviteCode(code), encodeInvite({ uses, expiresAtMs }));
  const until = new Date(expiresAtMs).toISOString();
  const accounts = uses === 1 ? 'one account' : `${uses} accounts`;
  out.result(
    { code, uses, until },
    [code],
    [
      `good for ${accounts} until ${until}; whoever has it runs: p2p create-user NAME --invite-stdin`,
    ],
  );
  return ExitStatus.ok;
}

function lifetimeOf(text: string): number {
  const lifetimeMs = parseDurationMs(text);
  if (lifetimeMs > 0 && lifetimeMs <= MAX_INVITE_LIFETIME_MS) return lifetimeMs;
  throw new UsageError(`"${text}" is out of bounds; an invite is good for up to 365d`);
}

async function putInvite(dataDir: string, codeHash: string, text: string): Promise<void> {
  const doing = `making an invite in the tracker's data folder ${dataDir}`;
  const owner = await stat(dataDir).catch((error: unknown) => {
    throw toStorageError(error, doing);
  });
  if (!owner.isDirectory()) throw new StorageError('NO_DESTINATION', `${doing}: it is no folder`);
  const [folder, path] = [inviteFolderOf(dataDir), invitePathOf(dataDir, codeHash)];
  try {
    await makeFolder(folder, 0o700).catch((error: unknown) => {
      throw toStorageError(error, `making the folder of invites ${folder}`, 'create');
    });
    await createFileAtomic(path, text, 0o600);
    // Made by root for a tracker that runs as somebody else.
    if (process.getuid?.() === 0) {
      for (const made of [folder, path]) await chown(made, owner.uid, owner.gid);
    }
  } catch (error) {
    throw error instanceof StorageError ? error : toStorageError(error, doing);
  }
}
