/** libtorrent (the engine of qBittorrent and Deluge) through its Python binding. */
import { join } from 'node:path';
import type { Contestant } from '../contestant.js';
import type { Source } from '../files.js';
import { peersFolder, pythonProgram } from '../paths.js';
import { canRun } from '../processes.js';
import { loopback } from '../site.js';
import { openLinePeers, type PeerScript } from './line-peer.js';

export const libtorrentScript: PeerScript = {
  program: pythonProgram,
  args: ['-u', join(peersFolder, 'libtorrent-peer.py')],
};

export function libtorrent(source: Source, seederCount = 1, site = loopback): Contestant {
  return {
    name: seederCount === 1 ? 'libtorrent' : `libtorrent (${seederCount} seeders)`,
    about: 'SHA-1, clear',
    missing: libtorrentMissing,
    open: (stage) => openLinePeers(source, libtorrentScript, seederCount, stage, site),
  };
}

export async function libtorrentMissing(): Promise<string | undefined> {
  return (await canRun(pythonProgram, ['-c', 'import libtorrent']))
    ? undefined
    : `no libtorrent for ${pythonProgram}; npm run bench:setup installs python3-libtorrent`;
}
