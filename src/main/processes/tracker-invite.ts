/**
 * `tracker-invite`: makes an invite for a tracker of this machine, which runs meanwhile or not. The
 * code is printed once and kept nowhere; the tracker finds its hash in its data folder.
 */
import { chown, stat } from 'node:fs/promises';
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
    { code, uses, until },
    [code],
    [
      `good for ${accounts} until ${until}; whoever has it runs: p2p create-user NAME --invite-stdin`,
    ],
  );
  return ExitStatus.ok;
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
