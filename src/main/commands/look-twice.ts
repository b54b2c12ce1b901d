/** A download at two moments, so that what each peer brings just now can be told. */
import { setTimeout as delay } from 'node:timers/promises';
import { untilAborted } from '../../net/until-aborted.js';
import type { DownloadProgress } from '../api/progress.js';
import type { PeerNow } from '../api/why.js';
import type { CommandContext } from '../cli/command.js';
import { downloadThatMatters, peersNow } from './why-cause.js';

/** Long enough for a rate, short enough to wait for. */
const BETWEEN_LOOKS_MS = 1_000;

/** The download of a file that matters, as it is now, and its peers; undefined when there is none. */
export async function lookTwice(
  { engine, signal }: Pick<CommandContext, 'engine' | 'signal'>,
  groupId: string,
  fileName: string,
): Promise<{ download: DownloadProgress | undefined; peers: PeerNow[] }> {
  const look = async (): Promise<DownloadProgress | undefined> =>
    downloadThatMatters(await engine.downloads(), groupId, fileName);
  const [first, atMs] = [await look(), performance.now()];
  if (first?.state !== 'downloading')
    return { download: first, peers: peersNow([], first?.peers ?? [], 0) };
  await untilAborted(signal, delay(BETWEEN_LOOKS_MS));
  const second = await look();
  const isSame = second?.id === first.id;
  return {
    download: second,
    peers: peersNow(
      isSame ? first.peers : [],
      second?.peers ?? [],
      isSame ? performance.now() - atMs : 0,
    ),
  };
}
