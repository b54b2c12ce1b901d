/** Where the benchmarks find the product, their own sources, and what bench:setup put there. */
import { fileURLToPath } from 'node:url';

/** From dist/native-bench to the folder of the project. */
const PROJECT = new URL('../../', import.meta.url);

function inProject(path: string): string {
  return fileURLToPath(new URL(path, PROJECT));
}

export const projectFolder = inProject('.');
export const productProgram = inProject('bin/p2p.js');
export const limitSource = inProject('native-bench/limit.cpp');
export const limitProgram = inProject('dist/native-bench/limit');
export const farLinkSource = inProject('native-bench/far-link.cpp');
export const farLinkProgram = inProject('dist/native-bench/far-link');
export const slowSyncSource = inProject('native-bench/slow-sync.cpp');
export const slowSyncLibrary = inProject('dist/native-bench/slow-sync.so');
export const nodeLimitProgram = inProject('dist/native-bench/node-limit.js');
export const peersFolder = inProject('native-bench/peers');
export const resultsFolder = inProject('native-bench/results');
export const profilesFolder = inProject('native-bench/profiles');
/** Rivals from the npm registry; not part of the project's own packages. */
export const rivalsFolder = inProject('native-bench/.rivals');
export const torrentTrackerEntry = inProject(
  'native-bench/.rivals/node_modules/bittorrent-tracker/server.js',
);
/** A process that makes load, once it is built. */
export const trackerLoadMaker = inProject('dist/native-bench/tracker-load-maker.js');
export const webtorrentEntry = inProject('native-bench/.rivals/node_modules/webtorrent/index.js');
/** Debian's Python, which has Debian's libtorrent; another one in PATH would hide it. */
export const pythonProgram = '/usr/bin/python3';
