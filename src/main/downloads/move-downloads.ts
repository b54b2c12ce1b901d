/** Moves downloads in the line of those that wait for their turn. Owns no state. */
import { TrackerError } from '../../net/errors.js';
import type { EngineApi } from '../api/engine-api.js';
import type { MovedDownload } from '../api/progress.js';
import { compareTurns } from '../home/download-turn.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { Downloads } from './downloads.js';
import { movedTurns } from './line-move.js';
import { matcherOf, noSuchDownload, requireOne } from './which-downloads.js';

export interface MoveOwners {
  readonly library: () => Promise<Pick<Library, 'listDownloads' | 'setTurns' | 'gather'>>;
  readonly downloads: Pick<Downloads, 'running' | 'isWaiting' | 'setTurns'>;
}

/**
 * Moves those that match and wait; answers where they are. Also of those that no engine runs now: the next one that
 * stays begins them in that order.
 * @throws P2pError NO_SUCH_DOWNLOAD when none waits
 */
export async function moveDownloads(
  { library, downloads }: MoveOwners,
  account: Account,
  { to, ...which }: Parameters<EngineApi['moveDownloads']>[0],
): Promise<MovedDownload[]> {
  const open = await library();
  return open.gather(() => {
    const rows = open.listDownloads(account);
    const matching = rows.filter(matcherOf(which));
    if ('id' in which) requireOne(matching.length);
    const line = lineOf(rows, downloads);
    const meant = new Set(line.filter(matcherOf(which)).map(({ id }) => id));
    if (meant.size === 0) throw matching.length === 0 ? noSuchDownload(which) : noneWaits();
    const turns = movedTurns(line, meant, to);
    open.setTurns(turns);
    // Before anything else happens: what is moved may be just about to begin.
    downloads.setTurns(turns);
    return placesIn(
      line.map((row) => ({ ...row, turn: turns.get(row.id) ?? row.turn })),
      meant,
    );
  });
}

/** Those that wait, in the order of their turns. */
function lineOf(
  rows: readonly LibraryDownload[],
  downloads: MoveOwners['downloads'],
): LibraryDownload[] {
  const here = new Set(downloads.running.map(({ request }) => request.id));
  return rows
    .filter(({ id, state }) => state === 'running' && (!here.has(id) || downloads.isWaiting(id)))
    .sort((one, other) => compareTurns(one.turn, other.turn));
}

function placesIn(line: readonly LibraryDownload[], meant: ReadonlySet<string>): MovedDownload[] {
  return line
    .toSorted((one, other) => compareTurns(one.turn, other.turn))
    .map(({ id, groupId, name: fileName, path, turn: { priority } }, index) => {
      const where = { priority, place: index + 1, of: line.length };
      return { id, groupId, fileName, path, ...where };
    })
    .filter(({ id }) => meant.has(id));
}

function noneWaits(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'none of these downloads waits in line; what runs already is held back by `pause`',
  );
}
