/** The links for guests that a home keeps: one small JSON file, 0600, replaced as a whole. Of a secret only its hash. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { isSha256Hex } from '../../net/description.js';
import { toStorageError } from '../../net/errors.js';
import { MAX_GUEST_LINKS, MAX_GUEST_LINKS_FILE_BYTES, MAX_GUEST_PASSES } from '../../net/limits.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import type { Home } from './home.js';
import { writeFileAtomic } from './write-file-atomic.js';

const FILE_MODE = 0o600;
const WHAT = 'the file of links for guests';

const sha256 = v.pipe(
  v.string(),
  v.check((text) => isSha256Hex(text)),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const keptLink = v.object({
  /** SHA-256 of the secret. */
  id: sha256,
  /** Whose it is. */
  trackerId: v.string(),
  userId: v.string(),
  groupId: v.string(),
  /** Which of the groups that had the name. */
  incarnation: v.string(),
  fileName: v.string(),
  fileId: sha256,
  size: count,
  isFolder: v.boolean(),
  createdAtMs: count,
  expiresAtMs: count,
  downloads: v.exactOptional(v.pipe(count, v.minValue(1))),
  taken: count,
  password: v.exactOptional(v.object({ salt: v.string(), hash: v.string() })),
  /** Who has begun a download and may go on with it, the oldest first. */
  passes: v.pipe(
    v.array(v.object({ network: v.string(), untilMs: count })),
    v.maxLength(MAX_GUEST_PASSES),
  ),
});

export type KeptGuestLink = v.InferOutput<typeof keptLink>;

const keptLinks = v.object({ links: v.pipe(v.array(keptLink), v.maxLength(MAX_GUEST_LINKS)) });

/** None when nothing is kept. @throws StorageError when the file cannot be read, or is damaged */
export async function readGuestLinks({
  guestLinksPath: path,
}: Pick<Home, 'guestLinksPath'>): Promise<KeptGuestLink[]> {
  const stats = await stateFileAt(path, WHAT, 'read');
  if (stats === undefined) return [];
  const isDamaged = `${WHAT} ${path} is damaged; remove it, and make the links again`;
  if (stats.size > MAX_GUEST_LINKS_FILE_BYTES) throw damaged(isDamaged);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw toStorageError(error, `cannot read ${WHAT} ${path}`, 'read');
  });
  const parsed = v.safeParse(keptLinks, parseJson(text));
  if (parsed.success) return parsed.output.links;
  throw damaged(isDamaged);
}

/** It is on the disk when this resolves. @throws StorageError */
export async function writeGuestLinks(
  { guestLinksPath }: Pick<Home, 'guestLinksPath'>,
  links: readonly KeptGuestLink[],
): Promise<void> {
  await writeFileAtomic(guestLinksPath, `${JSON.stringify({ links })}\n`, FILE_MODE);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it.
    return undefined;
  }
}
