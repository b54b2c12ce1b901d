/**
 * A flash crowd: one seeder, eight downloaders that start at once, everybody's upload capped.
 * No downloader can be done before the seeder has sent one copy, size / rate; a good swarm is
 * done soon after that, and its seeder has sent little more than that one copy.
 */
import { join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import {
  alwaysThere,
  type BenchCase,
  type Contestant,
  type Metrics,
  type Stage,
} from '../contestant.js';
import { libtorrentMissing, libtorrentScript } from '../contestants/libtorrent.js';
import { LinePeer } from '../contestants/line-peer.js';
import { emptyFolder, makeFile, requireSameBytes, type Source } from '../files.js';
import { productProgram } from '../paths.js';
import { GROUP, ProductSwarm } from '../product-swarm.js';
import { writeTorrent } from '../torrent-file.js';

const SIZE = 128 * 2 ** 20;
const DOWNLOADER_COUNT = 8;
const UP_BYTES_PER_SECOND = 10e6;
const BOUND_MS = (SIZE / UP_BYTES_PER_SECOND) * 1000;

export function flashCrowd(transports: readonly PeerTransport[]): BenchCase {
  return {
    name: 'flash-crowd',
    title: `Flash crowd: ${SIZE / 2 ** 20} MiB, 1 seeder, ${DOWNLOADER_COUNT} downloaders at once, uploads of 10 MB/s each`,
    reference: 'libtorrent',
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), SIZE);
      return [
        ...transports.map((transport) => productCrowd(source, transport)),
        rivalCrowd(source),
      ];
    },
  };
}

function productCrowd(source: Source, transport: PeerTransport): Contestant {
  return {
    name: `p2p (${transport})`,
    about: transport === 'tls' ? 'SHA-1, TLS 1.3' : 'SHA-1, clear',
    isProduct: true,
    missing: alwaysThere,
    open: (stage) => openProduct(source, transport, stage),
  };
}

/** Every member serves from the start, and downloads by the client that serves. */
async function openProduct(source: Source, transport: PeerTransport, stage: Stage) {
  const { folder, processes } = stage;
  const downloaders = namesOf(DOWNLOADER_COUNT);
  const members = ['seeder', ...downloaders];
  const options = { program: productProgram, folder, processes, transport, members };
  const swarm = await ProductSwarm.open(options);
  const cap = ['--up', `${UP_BYTES_PER_SECOND}`];
  await swarm.shareAndServe('seeder', [join(source.folder, source.names[0]!)], cap);
  return async (): Promise<Metrics> => {
    const serving = await Promise.all(downloaders.map((name) => swarm.serve(name, cap)));
    const sentBefore = await swarm.sentBytes('seeder');
    const folders = await outFolders(folder, downloaders);
    const startedMs = performance.now();
    await Promise.all(
      downloaders.map((name, index) => {
        return swarm.run(name, ['download', GROUP, source.names[0]!, folders[index]!, '--quiet']);
      }),
    );
    const elapsedMs = performance.now() - startedMs;
    const sentBytes = (await swarm.sentBytes('seeder')) - sentBefore;
    for (const out of folders) await requireSameBytes(source, out);
    // What they share must be gone before the next round, or the crowd would find nine seeders.
    for (const name of downloaders) await swarm.run(name, ['stop-share', GROUP, source.names[0]!]);
    await Promise.all(serving.map((peer) => peer.stop()));
    return { timesBound: elapsedMs / BOUND_MS, seedCopies: sentBytes / source.size };
  };
}

function rivalCrowd(source: Source): Contestant {
  return {
    name: 'libtorrent',
    about: 'SHA-1, clear',
    missing: libtorrentMissing,
    open: async (stage) => {
      const torrent = join(stage.folder, 'bench.torrent');
      await writeTorrent(torrent, source);
      return () => runRival(source, torrent, stage);
    },
  };
}

async function runRival(source: Source, torrent: string, stage: Stage): Promise<Metrics> {
  const { folder, processes } = stage;
  const start = (mode: 'seed' | 'stay', where: string): Promise<LinePeer> =>
    LinePeer.start(processes, libtorrentScript, mode, torrent, where, UP_BYTES_PER_SECOND);
  const seed = await start('seed', source.folder);
  const folders = await outFolders(folder, namesOf(DOWNLOADER_COUNT));
  const peers = await Promise.all(folders.map((out) => start('stay', out)));
  const startedMs = performance.now();
  const everybody = [seed, ...peers].map(({ port }) => port);
  for (const peer of peers) peer.connect(everybody.filter((port) => port !== peer.port));
  await Promise.all(peers.map((peer) => peer.done()));
  const elapsedMs = performance.now() - startedMs;
  const sentBytes = await seed.sentBytes();
  await Promise.all([seed, ...peers].map((peer) => peer.stop()));
  for (const out of folders) await requireSameBytes(source, out);
  return { timesBound: elapsedMs / BOUND_MS, seedCopies: sentBytes / source.size };
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `peer${index + 1}`);
}

function outFolders(folder: string, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => emptyFolder(join(folder, `out-${name}`))));
}
