/** nginx → aria2 with several connections, as people fetch large files over a long way. */
import { join } from 'node:path';
import type { Contestant } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import { canRun } from '../processes.js';
import type { Site } from '../site.js';
import { nginxMissing, serveByNginx } from './nginx.js';

const CONNECTIONS = 8;

export function aria2Https(source: Source, site: Site): Contestant {
  return {
    name: `nginx → aria2 (tls, ${CONNECTIONS} connections)`,
    about: 'not verified, TLS 1.3',
    missing: async () =>
      (await canRun('aria2c', ['--version']))
        ? nginxMissing()
        : 'no aria2c; npm run bench:setup installs it',
    open: async (stage) => {
      const url = await serveByNginx(source, true, stage, site);
      const { folder, processes } = stage;
      return async () => {
        const destination = await emptyFolder(join(folder, 'out'));
        const quiet = [
          '--no-conf',
          '--quiet',
          '--check-certificate=false',
          '--file-allocation=none',
        ];
        const split = [`-x${CONNECTIONS}`, `-s${CONNECTIONS}`, '--min-split-size=1M'];
        const args = [...quiet, ...split, `--dir=${destination}`, url];
        const finished = await processes.run(site.fetching({ program: 'aria2c', args }));
        await requireSameBytes(source, destination);
        await emptyFolder(destination);
        const { elapsedMs, peakBytes } = finished;
        return { coldMBps: megabytesPerSecond(source.size, elapsedMs), peakMB: peakBytes / 1e6 };
      };
    },
  };
}
