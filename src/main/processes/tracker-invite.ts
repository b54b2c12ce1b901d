/**
 * `tracker-invite`: makes an invite for a tracker of this machine, which runs meanwhile or not. The
 * code is printed once and kept nowhere; the tracker finds its hash in its data folder.
 */
import { lchown, lstat, stat } from 'node:fs/promises';
import { asOwnerOf } from '../../net/as-owner.js';
import { ExitStatus, StorageError, toStorageError } from '../../net/errors.js';
import {
  createInviteCode,
  encodeInvite,
  hashInviteCode,
  inviteFolderOf,
  invitePathOf,
} from '../../net/invites.js';
import { makeFolder } from '../../net/make-folder.js';
import type { Given } from '../cli/command.js';
import { inviteTermsOf } from '../cli/invite-terms.js';
import type { ProcessContext } from '../cli/process-context.js';
import { createFileAtomic } from '../home/write-file-atomic.js';
import { dataDirOf } from './tracker.js';

export async function run({ environment, out }: ProcessContext, given: Given): Promise<number> {
  const { uses, lifetimeMs } = inviteTermsOf(given, 'accounts');
  const expiresAtMs = Date.now() + lifetimeMs;
  const dataDir = await dataDirOf(given, environment);
  const code = createInviteCode();
  await putInvite(dataDir, hashInviteCode(code), encodeInvite({ uses, expiresAtMs }));
  const until = new Date(expiresAtMs).toISOString();
  const accounts = uses === 1 ? 'one account' : `${uses} accounts`;
  out.result(
    { code, uses, expiresAtMs },
    [code],
    [
      `good for ${accounts} until ${until}; whoever has it runs: p2p create-user NAME --invite-stdin`,
    ],
  );
  return ExitStatus.ok;
}

async function putInvite(dataDir: string, codeHash: string, text: string): Promise<void> {
  const doing = `making an invite in the tracker's data folder ${dataDir}`;
  const found = await stat(dataDir).catch((error: unknown) => {
    throw toStorageError(error, doing);
  });
  if (!found.isDirectory()) throw new StorageError('NO_DESTINATION', `${doing}: it is no folder`);
  const [folder, path] = [inviteFolderOf(dataDir), invitePathOf(dataDir, codeHash)];
  try {
    // Root makes it for a tracker that runs as somebody else.
    await asOwnerOf(dataDir, async (heir) => {
      await makeFolder(folder, 0o700).catch((error: unknown) => {
        throw toStorageError(error, `making the folder of invites ${folder}`, 'create');
      });
      if (heir !== undefined) await refuseLink(folder);
      await createFileAtomic(path, text, 0o600);
      if (heir === undefined) return;
      for (const made of [folder, path]) await lchown(made, heir.uid, heir.gid);
    });
  } catch (error) {
    throw error instanceof StorageError ? error : toStorageError(error, doing);
  }
}

/** Whoever has the folder may have put a link there for root to follow. */
async function refuseLink(folder: string): Promise<void> {
  if (!(await lstat(folder)).isSymbolicLink()) return;
  throw new StorageError('NO_DESTINATION', `the folder of invites ${folder} is a link; remove it`);
}
