/**
 * A process that downloads a folder (large, small and empty files, empty folders) is killed with
 * SIGKILL at random moments, again and again, until it completes; then anew, until there were as many
 * kills as wanted (the short form: or as many as fit its time). Half of the kills come while files are
 * made and named; every second victim completes a tree that is there. Besides, one download of a larger
 * folder over a hundred kills (12 in the short form), most of them while bytes come. Checked after each kill: no half
 * file has its own name, what was told to be kept is in the library, nothing kept is fetched or hashed
 * again; in the end the same tree, and nothing left beside it.
 */
import { readdir, rm } from 'node:fs/promises';
import { folderLayout } from '../../src/net/folder-layout.js';
import { KiB, MiB } from '../../src/net/limits.js';
import { pieceLengthAt } from '../../src/net/piece-layout.js';
import type { Bitfield } from '../../src/net/bitfield.js';
import { allowedMs, runCampaign, type Campaign } from '../fixtures/campaign.js';
import { makeTree, readTree, tableOf, type Tree } from '../fixtures/folder-tree.js';
import { hintsIn, liveUntil, remainsOf } from '../fixtures/killed-download.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';

const FOLDER = 'album';
const PIECE = 256 * KiB;
const VICTIMS = 3;
const SHORT_KILLS = 100;
const SHORT_MS = 60_000;
/** Fewer say that the machine was too slow to kill anything. */
const LEAST_KILLS = 6;
const LONG_KILLS = 1_000;
const MINE = 'mine of before';
const ARCHIVE = 'archive';
const ARCHIVE_KILLS = 100;
const SHORT_ARCHIVE_KILLS = 12;
/** What comes in one of its lives, about. */
const ARCHIVE_LIFE_MS = 500;
const ARCHIVE_BYTES_PER_SECOND = 2 * MiB;

const small = Object.fromEntries(
  Array.from({ length: 300 }, (_, index) => [
    `notes/${index % 11}/${index}`,
    sampleBytes(500 + 97 * index, `small ${index}`),
  ]),
);
const album: Tree = {
  ...small,
  'film.bin': sampleBytes(4 * MiB + 17, 'film'),
  'inner/deep/song.bin': sampleBytes(MiB, 'song'),
  'inner/nothing': new Uint8Array(),
  'inner/void/': new Uint8Array(),
  'run/exactly': sampleBytes(PIECE, 'exactly'),
};
/** What some of the victims have already: right, and none of theirs. */
const before: Tree = {
  [MINE]: sampleBytes(100, MINE),
  'inner/deep/song.bin': album['inner/deep/song.bin']!,
  'notes/3/3': album['notes/3/3']!,
};

interface Victim {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly file: string;
  readonly tree: Tree;
  /** Something lies at the destination already. */
  readonly isCompleting: boolean;
}

await runCampaign('folder-kill', async (campaign) => {
  const { isShort, folder, random, measured, say } = campaign;
  const swarm = await TestSwarm.start(folder);
  const ann = await swarm.client('ann', { up: (isShort ? 6 : 8) * MiB });
  await makeTree(ann.path(FOLDER), album);
  await ann.upload(ann.path(FOLDER));
  const wanted = isShort ? SHORT_KILLS : LONG_KILLS;
  const deadlineMs = performance.now() + allowedMs(isShort, SHORT_MS);
  let kills = 0;
  let downloads = 0;
  const isOver = (): boolean => kills >= wanted || performance.now() > deadlineMs;
  const killOneAfterAnother = async (): Promise<void> => {
    while (!isOver()) {
      const number = ++downloads;
      const bob = await swarm.client(`bob${number}`);
      await bob.close();
      const isCompleting = number % 2 === 0;
      if (isCompleting) await makeTree(bob.path(FOLDER), before);
      const place = { name: bob.name, folder: bob.folder, port: swarm.address.port };
      const chance = { random, isOver, onKill: () => kills++, killing: atAnyMoment };
      const victim = { ...place, file: FOLDER, tree: album, isCompleting };
      await downloadOverKills(campaign, victim, chance);
      await rm(bob.folder, { recursive: true, force: true });
    }
  };
  const one = oneDownload(campaign, swarm, isShort ? SHORT_ARCHIVE_KILLS : ARCHIVE_KILLS);
  await Promise.all([...Array.from({ length: VICTIMS }, killOneAfterAnother), one]);
  // How many fit the time hangs on the machine.
  measured(kills >= LEAST_KILLS, 'there were kills');
  say(`${kills} of ${wanted} kills, over ${downloads} downloads`);
  await swarm.close();
});

/** One download over so many kills. */
async function oneDownload(campaign: Campaign, swarm: TestSwarm, wanted: number): Promise<void> {
  const { random, check, say } = campaign;
  const bytes = (wanted * ARCHIVE_BYTES_PER_SECOND * ARCHIVE_LIFE_MS) / 1_000;
  const tree = { ...album, 'long.bin': sampleBytes(bytes, 'long') };
  const cat = await swarm.client('cat', { up: ARCHIVE_BYTES_PER_SECOND });
  await makeTree(cat.path(ARCHIVE), tree);
  await cat.upload(cat.path(ARCHIVE));
  const dan = await swarm.client('dan');
  await dan.close();
  let kills = 0;
  const isOver = (): boolean => kills >= wanted;
  const chance = { random, isOver, onKill: () => kills++, killing: whileBytesCome };
  const place = { name: dan.name, folder: dan.folder, port: swarm.address.port };
  await downloadOverKills(campaign, { ...place, file: ARCHIVE, tree, isCompleting: false }, chance);
  check(kills >= wanted / 2, `one download over ${kills} kills`);
  say(`one download over ${kills} kills`);
  await rm(dan.folder, { recursive: true, force: true });
}

/** Listens to one life, and ends it. */
type Killing = (line: string, kill: () => void) => void;

interface Chance {
  readonly random: () => number;
  readonly isOver: () => boolean;
  readonly onKill: () => void;
  /** When the next life ends of a download of so many bytes. */
  readonly killing: (size: number, chance: Chance) => Killing;
}

/** Downloads the folder over as many kills as it takes, and tells of each. */
async function downloadOverKills(
  { check, say }: Campaign,
  victim: Victim,
  chance: Chance,
): Promise<void> {
  const { folder, name, tree, isCompleting } = victim;
  const { pieces } = folderLayout(tableOf(tree), PIECE)!;
  const bytesOf = (set: Bitfield): number =>
    [...set.indexes()].reduce((sum, piece) => sum + pieceLengthAt(pieces, piece), 0);
  let keptBefore = 0;
  for (let lives = 1; ; lives++) {
    const { kept, hinted, isNoted } = await remainsOf(folder, pieces.pieceCount);
    // Killed between that note and the removal of the hints, which nobody reads any more.
    if (isNoted) {
      await liveUntil(victim, () => undefined);
      check((await hintsIn(folder)).length === 0, 'hints that nobody reads go with the next start');
      return checkEnd(check, victim);
    }
    const keptBytes = bytesOf(kept);
    check(keptBytes >= keptBefore, `what was told to be kept is (${keptBefore}, ${keptBytes})`);
    const isPlaced = !isCompleting && (await thereOf(victim)) !== undefined;
    const life = await liveUntil(victim, chance.killing(pieces.size, chance));
    if (!life.isComplete) chance.onKill();
    const left = `kept ${kept.count}, hinted ${hinted.count} of ${pieces.pieceCount}`;
    say(`${name}, life ${lives}: ${JSON.stringify(life)}, ${left}`);
    // What lies at the destination is hashed, because it may be anybody's.
    if (!isPlaced && !isCompleting) {
      check(life.hashed <= hinted.count, 'nothing kept is hashed again');
    }
    if (life.fetched !== undefined && !isPlaced) {
      const missing = pieces.size - bytesOf(kept) - bytesOf(hinted);
      const isRight = isCompleting ? life.fetched <= missing : life.fetched === missing;
      check(isRight, `neither kept nor hinted is fetched again (${life.fetched}, ${missing})`);
    }
    checkNames(check, victim, await thereOf(victim));
    keptBefore = life.kept;
    if (!life.isComplete) continue;
    check((await hintsIn(folder)).length === 0, 'nothing is left in the home');
    return checkEnd(check, victim);
  }
}

/** At any moment, or soon after the last bytes were kept: then files are made and named. */
function atAnyMoment(size: number, { random, isOver }: Chance): Killing {
  const atEnd = random() < 0.5;
  const afterMs = random() * (atEnd ? 120 : 1_500);
  let isSet = false;
  return (line, kill) => {
    const [word, value] = line.split(' ');
    const isMoment = atEnd
      ? (word === 'kept' || word === 'left') && Number(value) > 0.98 * size
      : word === 'left';
    if (!isMoment || isSet || isOver()) return;
    isSet = true;
    setTimeout(kill, afterMs);
  };
}

/** Soon after a life has begun, or at the end when it gets there. */
function whileBytesCome(_size: number, { random, isOver }: Chance): Killing {
  const afterMs = random() * 2 * ARCHIVE_LIFE_MS;
  return (line, kill) => {
    if (line.startsWith('left ') && !isOver()) setTimeout(kill, afterMs);
  };
}

function thereOf({ folder, file }: Victim): Promise<Record<string, Buffer> | undefined> {
  return readTree(`${folder}/${file}`).catch(() => undefined);
}

/** A file that is there is whole; a folder that nothing was in is there as a whole, or not at all. */
function checkNames(
  check: Campaign['check'],
  { tree, isCompleting }: Victim,
  found: Readonly<Record<string, Buffer>> | undefined,
): void {
  const wanted: Tree = isCompleting ? { ...before, ...tree } : tree;
  const half = Object.entries(found ?? {}).filter(
    ([path, bytes]) => !(wanted[path] && Buffer.from(wanted[path]).equals(bytes)),
  );
  // A folder that was made, and has nothing in it yet.
  const wrong = half.map(([path]) => path).filter((path) => !isCompleting || !path.endsWith('/'));
  check(wrong.length === 0, `no half file has its own name (${wrong.join(', ')})`);
  if (isCompleting || found === undefined) return;
  const count = Object.keys(found).length;
  check(count === Object.keys(tree).length, `a folder has its name once it is whole (${count})`);
}

async function checkEnd(check: Campaign['check'], victim: Victim): Promise<void> {
  const { folder, tree, isCompleting } = victim;
  const found = (await thereOf(victim)) ?? {};
  const wanted: Tree = isCompleting ? { ...before, ...tree } : tree;
  checkNames(check, victim, found);
  const isAll = Object.keys(found).sort().join() === Object.keys(wanted).sort().join();
  check(isAll, 'the tree is the same');
  const beside = (await readdir(folder)).filter((name) => name !== 'home');
  check(beside.length === 1, `nothing is left beside it (${beside.join(', ')})`);
}
