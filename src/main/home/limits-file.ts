/** The rules about rates that a home keeps: one small JSON file, 0600, replaced as a whole. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { toStorageError } from '../../net/errors.js';
import { MAX_LIMITS_FILE_BYTES, MAX_LIMIT_RULES } from '../../net/limits.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import type { Home } from './home.js';
import { writeFileAtomic } from './write-file-atomic.js';

const FILE_MODE = 0o600;
const WHAT = 'the file of rate limits';

const minute = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(24 * 60));
const limit = v.union([v.pipe(v.number(), v.safeInteger(), v.minValue(1)), v.literal('none')]);

/** As it comes from outside, and from the disk. */
export const limitRule = v.object({
  scope: v.variant('kind', [
    v.object({ kind: v.literal('all') }),
    v.object({ kind: v.literal('lan') }),
    v.object({ kind: v.literal('wan') }),
    v.object({ kind: v.literal('group'), groupId: v.string() }),
  ]),
  between: v.exactOptional(v.object({ from: minute, to: minute })),
  up: v.exactOptional(limit),
  down: v.exactOptional(limit),
});

const keptLimits = v.object({
  rules: v.pipe(v.array(limitRule), v.maxLength(MAX_LIMIT_RULES)),
});

export type KeptLimits = v.InferOutput<typeof keptLimits>['rules'];

/** None when nothing is kept. @throws StorageError when the file cannot be read, or is damaged */
export async function readLimits({ limitsPath }: Pick<Home, 'limitsPath'>): Promise<KeptLimits> {
  const stats = await stateFileAt(limitsPath, WHAT, 'read');
  if (stats === undefined) return [];
  const isDamaged = `${WHAT} ${limitsPath} is damaged; remove it, and set the limits again`;
  if (stats.size > MAX_LIMITS_FILE_BYTES) throw damaged(isDamaged);
  const text = await readFile(limitsPath, 'utf8').catch((error: unknown) => {
    throw toStorageError(error, `cannot read ${WHAT} ${limitsPath}`, 'read');
  });
  const parsed = v.safeParse(keptLimits, parseJson(text));
  if (parsed.success) return parsed.output.rules;
  throw damaged(isDamaged);
}

export async function writeLimits(
  { limitsPath }: Pick<Home, 'limitsPath'>,
  rules: Readonly<KeptLimits>,
): Promise<void> {
  await writeFileAtomic(limitsPath, `${JSON.stringify({ rules })}\n`, FILE_MODE);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it.
    return undefined;
  }
}
