/** webtorrent, the BitTorrent client of the Node world, from the npm registry. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant } from '../contestant.js';
import type { Source } from '../files.js';
import { peersFolder, webtorrentEntry } from '../paths.js';
import { openLinePeers } from './line-peer.js';

const script = {
  program: process.execPath,
  args: [join(peersFolder, 'webtorrent-peer.mjs'), webtorrentEntry],
};

export function webtorrent(source: Source, seederCount = 1): Contestant {
  return {
    name: seederCount === 1 ? 'webtorrent' : `webtorrent (${seederCount} seeders)`,
    about: 'SHA-1, clear',
    missing: async () => {
      try {
        await access(webtorrentEntry);
        return undefined;
      } catch {
        return 'not installed; npm run bench:setup installs it';
      }
    },
    open: (stage) => openLinePeers(source, script, seederCount, stage),
  };
}
