/**
 * How far this home has verified the history of a group: a small file for each tracker and group name,
 * replaced as a whole, with the last head of each group that had the name. What a history is held
 * against the next time, whoever is logged in then.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { isSha256Hex } from '../../net/description.js';
import { toStorageError } from '../../net/errors.js';
import type { SignedHead } from '../../net/history.js';
import { MAX_HEADS_PER_GROUP } from '../../net/limits.js';
import { makeFolder } from '../../net/make-folder.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import { isIncarnation } from '../../net/ticket.js';
import { Turns } from '../../net/turns.js';
import { writeFileAtomic } from './write-file-atomic.js';

/** What was verified of the history of one group. */
export interface KeptHead extends SignedHead {
  /** Which of the groups that had the name. */
  readonly incarnation: string;
}

const WHAT = 'the note of a verified history';

const schema = v.array(
  v.object({
    incarnation: v.pipe(v.string(), v.check(isIncarnation)),
    count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    hash: v.pipe(
      v.string(),
      v.check((text) => isSha256Hex(text)),
    ),
    signature: v.pipe(v.string(), v.length(88)),
  }),
);

/**
 * What a note says is read before it is replaced: nobody may come in between. Other processes do not: who keeps a
 * head has the home's lock.
 */
const keeping = new Turns(1);

export class KeptHeads {
  readonly #path: string;

  constructor(folder: string, group: { readonly trackerId: string; readonly groupId: string }) {
    const name = createHash('sha256').update(`${group.trackerId}\n${group.groupId}`).digest('hex');
    this.#path = join(folder, `${name.slice(0, 32)}.json`);
  }

  /** What was verified of the groups of this name, the latest last. @throws StorageError */
  async read(): Promise<readonly KeptHead[]> {
    if ((await stateFileAt(this.#path, WHAT, 'read')) === undefined) return [];
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      throw toStorageError(error, `cannot read ${WHAT} ${this.#path}`, 'read');
    });
    const heads = decodeKeptHeads(text);
    if (heads !== undefined) return heads;
    // Nobody may have a history verified anew by spoiling what it is held against.
    throw damaged(`${WHAT} ${this.#path} is damaged; move it away to begin anew`);
  }

  /** Notes a head in place of the one of that group before, unless that goes further. @throws StorageError */
  keep(head: KeptHead): Promise<void> {
    return keeping.take(() => this.#keep(head));
  }

  async #keep(head: KeptHead): Promise<void> {
    const kept = await this.read();
    const isOfGroup = ({ incarnation }: KeptHead): boolean => incarnation === head.incarnation;
    // Who has read less of it may be done later.
    if (kept.some((one) => isOfGroup(one) && one.count > head.count)) return;
    const others = kept.filter((one) => !isOfGroup(one));
    const { incarnation, count, hash, signature } = head;
    const heads = [...others, { incarnation, count, hash, signature }].slice(-MAX_HEADS_PER_GROUP);
    await makeFolder(dirname(this.#path), 0o700);
    await writeFileAtomic(this.#path, `${JSON.stringify(heads)}\n`, 0o600);
  }
}

/** Undefined for what is no such note. */
export function decodeKeptHeads(text: string): readonly KeptHead[] | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
