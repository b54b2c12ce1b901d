/** `move_download`: changes the turn of downloads that wait in line. */
import { UsageError } from '../../net/errors.js';
import { display } from '../../net/display.js';
import { MAX_WAITING_DOWNLOADS } from '../../net/limits.js';
import type { EngineApi } from '../api/engine-api.js';
import type { CommandContext, Given } from '../cli/command.js';
import { parseCount } from '../terminal/quantities.js';
import { whichDownloads } from './which-downloads.js';

type MoveTo = Parameters<EngineApi['moveDownloads']>[0]['to'];

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const { word, named } = wordsOf(given);
  const to = parseTo(word);
  const ids = (await engine.downloads()).map(({ id }) => id);
  const moved = await engine.moveDownloads({ ...whichDownloads(named, ids), to });
  out.result(
    { downloads: moved },
    moved.map(({ groupId, fileName, place, of }) => {
      return `[${groupId}] ${fileName} is ${place} of ${of} in line`;
    }),
  );
}

/** The last word says where to; without a file it is the second one. */
function wordsOf(given: Given): { word: string; named: Given } {
  const { file, to, ...rest } = given.args;
  const word = to ?? file;
  if (word === undefined) throw new UsageError('say where to: first, last, up, down, or a place');
  const named = to === undefined ? rest : { ...rest, ...(file !== undefined && { file }) };
  return { word, named: { ...given, args: named } };
}

function parseTo(word: string): MoveTo {
  switch (word) {
    case 'first':
    case 'last':
    case 'up':
    case 'down':
      return word;
    default:
      if (/^\d+$/.test(word)) return parseCount(word, 'a place', 1, MAX_WAITING_DOWNLOADS);
      throw new UsageError(
        `"${display(word, 64)}" is no place in line; say first, last, up, down, or a number`,
      );
  }
}
