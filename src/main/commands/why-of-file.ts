/** What files of a group wait for, and the peers that matter: asked of the engine, judged by why-cause.ts. */
import { StorageError } from '../../net/errors.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { HoldingLimit } from '../api/rate-limits.js';
import type { PeerNow, WhyCause } from '../api/why.js';
import type { CommandContext } from '../cli/command.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';
import { noFile } from './file-choice.js';
import { lookTwice } from './look-twice.js';
import { causeOf, isUnderWay, type WhyFacts } from './why-cause.js';

type Asking = Pick<CommandContext, 'engine' | 'signal'>;

export interface WhyOfFile {
  readonly fileName: string;
  readonly peers: readonly PeerNow[];
  readonly why: WhyCause;
}

/**
 * Looks at all of these at once; what comes back says it of one of them.
 * That throws TrackerError NO_SUCH_FILE when neither the group nor this client has such a file.
 */
export async function whyOfFiles(
  asking: Asking,
  groupId: string,
  names: readonly string[],
  rows = new GroupRows(asking, groupId),
): Promise<(fileName: string) => Promise<WhyOfFile>> {
  const { engine } = asking;
  const looks = await lookTwice(asking, groupId, names);
  const status = await engine.status();
  const holding = await holdingLimits(engine);
  const groupBytesPerSecond = (await engine.downloads())
    .filter((one) => one.groupId === groupId && isUnderWay(one))
    .reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
  const shares = new Map((await engine.shares(groupId)).map((one) => [one.fileName, one]));
  const isLoggedIn = status.userId !== undefined;
  return async (fileName) => {
    const { download, peers } = looks.get(fileName)!;
    const share = shares.get(fileName);
    const isMoving = download !== undefined && isUnderWay(download) && peers.some(isThere);
    const known = isMoving || !isLoggedIn ? undefined : await rows.all();
    const row = known && (known.find(({ name }) => name === fileName) ?? 'none');
    if (known && row === 'none' && !download && !share) throw noFile(fileName, known, groupId);
    const facts: WhyFacts = { status, holding, groupBytesPerSecond, download, share, row };
    return { fileName, peers, why: causeOf(facts) };
  };
}

/** Those that cannot be read hold nothing. */
async function holdingLimits(engine: Asking['engine']): Promise<readonly HoldingLimit[]> {
  try {
    return (await engine.limits()).holding;
  } catch (error) {
    if (error instanceof StorageError) return [];
    throw error;
  }
}

/** It is connected, or may be in a moment. */
function isThere({ state }: PeerNow): boolean {
  return state === 'active' || state === 'snubbed' || state === 'connecting';
}

/** The files of a group, asked for once and only where they are needed. */
export class GroupRows {
  readonly #asking: Pick<Asking, 'engine'>;
  readonly #groupId: string;
  #rows: Promise<readonly FileRow[] | undefined> | undefined;

  constructor(asking: Pick<Asking, 'engine'>, groupId: string) {
    this.#asking = asking;
    this.#groupId = groupId;
  }

  /** Undefined when nobody can be asked. */
  all(): Promise<readonly FileRow[] | undefined> {
    this.#rows ??= this.#ask();
    return this.#rows;
  }

  async #ask(): Promise<readonly FileRow[] | undefined> {
    try {
      return await this.#asking.engine.listFiles(this.#groupId);
    } catch (error) {
      if (isTrackerAway(error)) return undefined;
      throw error;
    }
  }
}
