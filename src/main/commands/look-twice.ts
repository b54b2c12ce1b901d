/** Downloads at two moments, so that what each peer brings just now can be told. */
import { setTimeout as delay } from 'node:timers/promises';
import { untilAborted } from '../../net/until-aborted.js';
import type { DownloadProgress } from '../api/progress.js';
import type { PeerNow } from '../api/why.js';
import type { CommandContext } from '../cli/command.js';
import { downloadsThatMatter, peersNow } from './why-cause.js';

/** Long enough for a rate, short enough to wait for. */
const BETWEEN_LOOKS_MS = 1_000;

/** The download of a file that matters, as it is now, and its peers; undefined when there is none. */
export interface Look {
  readonly download: DownloadProgress | undefined;
  readonly peers: readonly PeerNow[];
}

/** One for each of the names. */
export async function lookTwice(
  { engine, signal }: Pick<CommandContext, 'engine' | 'signal'>,
  groupId: string,
  fileNames: readonly string[],
): Promise<ReadonlyMap<string, Look>> {
  const look = async (): Promise<ReadonlyMap<string, DownloadProgress>> =>
    downloadsThatMatter(await engine.downloads(), groupId, fileNames);
  const [first, atMs] = [await look(), performance.now()];
  const isMoving = [...first.values()].some(({ state }) => state === 'downloading');
  if (isMoving) await untilAborted(signal, delay(BETWEEN_LOOKS_MS));
  const second = isMoving ? await look() : first;
  const elapsedMs = performance.now() - atMs;
  return new Map(
    fileNames.map((name) => [name, lookAt(first.get(name), second.get(name), elapsedMs)]),
  );
}

/** One that did not move at the first look has no rates. */
function lookAt(
  first: DownloadProgress | undefined,
  second: DownloadProgress | undefined,
  elapsedMs: number,
): Look {
  if (first?.state !== 'downloading')
    return { download: second, peers: peersNow([], second?.peers ?? [], 0) };
  const isSame = second?.id === first.id;
  const before = isSame ? first.peers : [];
  return { download: second, peers: peersNow(before, second?.peers ?? [], isSame ? elapsedMs : 0) };
}
