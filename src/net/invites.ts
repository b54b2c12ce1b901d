/**
 * Invites to a tracker that does not take everybody: codes that its operator makes and hands on,
 * each good for a number of accounts and for a while. The tracker knows a code by its hash alone. A new
 * one is a small file beside its database, named by that hash, which it takes in when the code is used.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { INVITE_BITS, MAX_INVITE_USES } from './limits.js';

/** What an invite is good for. */
export interface Invite {
  /** Accounts that it makes. */
  readonly uses: number;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const schema = v.object({
  uses: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_INVITE_USES)),
  expiresAtMs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** A fresh code: no guessing ever finds one. */
export function createInviteCode(): string {
  return randomBytes(INVITE_BITS / 8).toString('base64url');
}

/** What is kept of a code; white space around it came along when it was copied. */
export function hashInviteCode(code: string): string {
  return createHash('sha256').update(code.trim()).digest('hex');
}

/** The folder of fresh invites in a tracker's data folder. */
export function inviteFolderOf(dataDir: string): string {
  return join(dataDir, 'invites');
}

/** The file of an invite, by the hash of its code. */
export function invitePathOf(dataDir: string, codeHash: string): string {
  return join(inviteFolderOf(dataDir), `${codeHash}.json`);
}

export function encodeInvite({ uses, expiresAtMs }: Invite): string {
  return `${JSON.stringify({ uses, expiresAtMs })}\n`;
}

/** Undefined for what is no invite. */
export function decodeInvite(text: string): Invite | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
