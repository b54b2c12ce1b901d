/**
 * The thread entry of the tracker's password pool: Argon2id with the parameters that OWASP
 * names for 19 MiB. The only importer of hash-wasm in the tracker. A task never throws for a
 * wrong password.
 */
import { randomBytes } from 'node:crypto';
import { argon2id, argon2Verify } from 'hash-wasm';

/** What the pool asks of a thread. */
export type PasswordTask =
  | { readonly type: 'hash'; readonly password: string }
  | { readonly type: 'verify'; readonly password: string; readonly hash: string };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MEMORY_KIB = 19 * 1024;
const ITERATIONS = 2;

/** Returns the encoded hash, or whether the password matches. */
export default async function runPasswordTask(task: PasswordTask): Promise<string | boolean> {
  if (task.type === 'verify') return argon2Verify({ password: task.password, hash: task.hash });
  return argon2id({
    password: task.password,
    salt: randomBytes(SALT_BYTES),
    iterations: ITERATIONS,
    parallelism: 1,
    memorySize: MEMORY_KIB,
    hashLength: HASH_BYTES,
    outputType: 'encoded',
  });
}
