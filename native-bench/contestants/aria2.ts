/** aria2 as a BitTorrent client: seeders that stay, one downloader per round. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { freePort } from '../free-port.js';
import { megabytesPerSecond } from '../metrics.js';
import { canRun } from '../processes.js';
import { writeTorrent } from '../torrent-file.js';
import { TorrentTracker } from '../torrent-tracker.js';

const OPTIONS = [
  '--no-conf',
  '--interface=127.0.0.1',
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--enable-peer-exchange=false',
  '--file-allocation=none',
  '--summary-interval=0',
  '--show-console-readout=false',
];

export function aria2(source: Source, seederCount = 1): Contestant {
  return {
    name: seederCount === 1 ? 'aria2' : `aria2 (${seederCount} seeders)`,
    about: 'SHA-1, clear',
    missing: async () =>
      (await canRun('aria2c', ['--version']))
        ? undefined
        : 'no aria2c; npm run bench:setup installs it',
    open: (stage) => open(source, seederCount, stage),
  };
}

async function open(
  source: Source,
  seederCount: number,
  { folder, processes }: Stage,
): Promise<() => Promise<Metrics>> {
  const tracker = await TorrentTracker.start();
  processes.onClose(() => tracker.close());
  const torrent = join(folder, 'bench.torrent');
  await mkdir(folder, { recursive: true });
  await writeTorrent(torrent, source, tracker.announceUrl);
  for (let index = 0; index < seederCount; index++) {
    const listen = `--listen-port=${await freePort()}`;
    const seed = ['--bt-seed-unverified=true', '--seed-ratio=0.0', `--dir=${source.folder}`];
    processes.start({ program: 'aria2c', args: [...OPTIONS, ...seed, listen, torrent] });
  }
  await tracker.untilSeeders(seederCount);
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const listen = `--listen-port=${await freePort()}`;
    const fetch = ['--seed-time=0', `--dir=${destination}`, listen, torrent];
    const finished = await processes.run({ program: 'aria2c', args: [...OPTIONS, ...fetch] });
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    const steadyMBps = ownFigure(finished.stdout);
    return {
      coldMBps: megabytesPerSecond(source.size, finished.elapsedMs),
      ...(steadyMBps === undefined ? {} : { steadyMBps }),
      peakMB: finished.peakBytes / 1e6,
    };
  };
}

/** The average rate in its closing table, e.g. `140MiB/s`, in MB/s. */
function ownFigure(stdout: string): number | undefined {
  const match = /\|OK\s*\|\s*([\d.]+)([KMG])iB\/s\|/.exec(stdout);
  const unit = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : (Number(match[1]) * unit) / 1e6;
}
