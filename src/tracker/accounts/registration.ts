/**
 * Who may make an account, as the operator chose. With invites: a code is looked for in the store and,
 * when it is fresh, in the folder where the operator's command has put it. The store counts its uses.
 */
import { readFile, unlink } from 'node:fs/promises';
import { TrackerError } from '../../net/errors.js';
import { decodeInvite, hashInviteCode, invitePathOf, type Invite } from '../../net/invites.js';
import type { Registration as RegistrationMode } from '../../net/tracker-api.js';
import type { StoreFacts, StoreTransaction } from '../store/store.js';

/** What an account is made with; each of the two is used in a turn. */
export interface Admission {
  /** Looks whether it is good, before anything costs. @throws TrackerError INVITE_INVALID */
  check(tx: Pick<StoreFacts, 'isInviteGood'>, nowMs: number): Promise<void>;
  /** Uses it up for one account. @throws TrackerError INVITE_INVALID */
  take(tx: InviteStatements, nowMs: number): Promise<void>;
  /** What it has used is on disk. */
  taken(): Promise<void>;
}

type InviteStatements = Pick<StoreTransaction, 'addInvite' | 'takeInvite' | 'removeExpiredInvites'>;

/** For everybody. */
const OPEN: Admission = {
  check: () => Promise.resolve(),
  take: () => Promise.resolve(),
  taken: () => Promise.resolve(),
};

export class Registration {
  readonly #mode: RegistrationMode;
  readonly #dataDir: string;

  constructor(mode: RegistrationMode, dataDir: string) {
    this.#mode = mode;
    this.#dataDir = dataDir;
  }

  /** What somebody makes an account with. @throws TrackerError REGISTRATION_CLOSED, INVITE_INVALID */
  async admit(code: string | undefined): Promise<Admission> {
    if (this.#mode === 'open') return OPEN;
    if (this.#mode === 'closed') {
      throw new TrackerError(
        'REGISTRATION_CLOSED',
        'this tracker takes no new accounts; ask whoever runs it',
      );
    }
    if (code === undefined) throw inviteInvalid();
    const codeHash = hashInviteCode(code);
    const path = invitePathOf(this.#dataDir, codeHash);
    return byInvite(codeHash, await readInvite(path), path);
  }
}

function byInvite(codeHash: string, fresh: Invite | undefined, path: string): Admission {
  return {
    async check(tx, nowMs) {
      const isGood = (await tx.isInviteGood(codeHash, nowMs)) ?? (fresh?.expiresAtMs ?? 0) > nowMs;
      if (!isGood) throw inviteInvalid();
    },
    async take(tx, nowMs) {
      // One that was taken in before keeps its count, whatever still lies in the folder.
      if (fresh) await tx.addInvite(codeHash, fresh);
      if (!(await tx.takeInvite(codeHash, nowMs))) throw inviteInvalid();
      await tx.removeExpiredInvites(nowMs);
    },
    async taken() {
      if (fresh) await unlink(path).catch(() => undefined);
    },
  };
}

async function readInvite(path: string): Promise<Invite | undefined> {
  try {
    return decodeInvite(await readFile(path, 'utf8'));
  } catch {
    // No such file: most often the code was used before, or is none.
    return undefined;
  }
}

function inviteInvalid(): TrackerError {
  return new TrackerError(
    'INVITE_INVALID',
    'this tracker takes new accounts by invite, and this is none that is good; ask whoever runs it for one, and give it with --invite-stdin or P2P_INVITE',
  );
}
