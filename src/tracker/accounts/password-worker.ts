/**
 * The thread entry of the tracker's password pool: Argon2id. The only importer of hash-wasm in the tracker. A task never throws for a
 * wrong password.
 */
import { randomBytes } from 'node:crypto';
import { argon2id, argon2Verify } from 'hash-wasm';
import type { PasswordCost } from './password-cost.js';

/** What the pool asks of a thread. */
export type PasswordTask =
  | { readonly type: 'hash'; readonly password: string; readonly cost: PasswordCost }
  | { readonly type: 'verify'; readonly password: string; readonly hash: string };

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Returns the encoded hash, or whether the password matches. */
export default async function runPasswordTask(task: PasswordTask): Promise<string | boolean> {
  if (task.type === 'verify') return argon2Verify({ password: task.password, hash: task.hash });
  return argon2id({
    password: task.password,
    salt: randomBytes(SALT_BYTES),
    iterations: task.cost.passes,
    parallelism: 1,
    memorySize: task.cost.memoryKib,
    hashLength: HASH_BYTES,
    outputType: 'encoded',
  });
}
