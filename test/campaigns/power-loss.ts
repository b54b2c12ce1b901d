/**
 * Power loss: real processes are recorded while they download, and while a tracker makes changes, and
 * for each case the disk is made as it may be when the power fails at some moment: what was not synced
 * is there, torn or not there, folders that were made on the way included. Checked: the library opens; what is complete, shared or was said to be
 * downloaded is there and right; what is kept is right in the part file; a download goes on from there
 * to the same bytes; the tracker's database opens, is whole and holds all that was acknowledged. That
 * this finds what is wrong is checked too: with `--durability cache`, and with each kind of sync taken
 * out of the recordings.
 *
 *   node dist/test/campaigns/power-loss.js [--short] [--seed N] [--case N] [--recordings PATH]
 *
 * No recording comes twice; what a case loses of one is chosen by seed and number. After a flaw the
 * recordings are kept in a file, and the line before the last says how to look at them again.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { withoutSyncs, type FileRecording, type Sync } from '../fixtures/file-recording.js';
import { makeTree, type Tree } from '../fixtures/folder-tree.js';
import { flawsOfDownloads, type Claims } from '../fixtures/lost-downloads.js';
import { flawsOfContent, isTree, type Content } from '../fixtures/lost-folders.js';
import { flawsOfTracker, recordTracker, type RecordedTracker } from '../fixtures/lost-tracker.js';
import { diskAfterLoss, type DiskAfterLoss } from '../fixtures/power-loss.js';
import { GROUP, ProgramWorld } from '../fixtures/program-world.js';
import {
  downloadAgain,
  recordScene,
  type RecordedScene,
  type SceneLife,
} from '../fixtures/recorded-downloads.js';
import { Recorder } from '../fixtures/recorder.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { seededRandom } from '../fixtures/seeded-random.js';

const FILM = 'film';
const FILM_PIECE_BYTES = MiB / 4;
const SMALL_FILES = 20;
const ALBUM = 'album';
const LETTERS = 'letters';
/** A large file takes some four seconds, and so has syncs and notes on the way. */
const SLOWLY = ['--down', '6MiB/s'];
/** A fault that is planted has to show within so many cases. */
const CASES_TO_FIND = 300;

/** The same for a folder of a third of it. */
const SLOWER = ['--down', '3MiB/s'];
/** And for one of half of that. */
const SLOWEST = ['--down', '1536KiB/s'];

const THREE_LIVES: readonly SceneLife[] = [
  { file: FILM, options: SLOWLY, end: { limitSignal: 'SIGINT', limitMs: 1_700 } },
  { file: FILM, options: SLOWLY, end: { limitSignal: 'SIGKILL', limitMs: 3_300 } },
  { file: FILM, options: SLOWLY },
];
const LIST: SceneLife = { file: '--all', options: [] };
const ALBUM_LIVES: readonly SceneLife[] = [
  { file: ALBUM, options: SLOWER, end: { limitSignal: 'SIGINT', limitMs: 1_500 } },
  { file: ALBUM, options: SLOWER, end: { limitSignal: 'SIGKILL', limitMs: 1_900 } },
  { file: ALBUM, options: SLOWER },
];
const IN_CACHE: SceneLife = { file: FILM, options: ['--durability', 'cache'] };

/** Small files that fill some pieces together, and others that are large enough for some of their own. */
const album: Tree = {
  ...Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `notes/${index % 3}/${index}`,
      sampleBytes(40 * KiB + 97 * index, `note ${index}`),
    ]),
  ),
  'film.bin': sampleBytes(5 * MiB + 17, 'album film'),
  'inner/deep/song.bin': sampleBytes(3 * MiB, 'song'),
  'inner/nothing': Buffer.alloc(0),
  'inner/void/': Buffer.alloc(0),
  'run/exactly': sampleBytes(FILM_PIECE_BYTES, 'exactly'),
};
/** What lies at the destination of some: right, and nobody's. */
const albumBefore: Tree = {
  'album/mine of before': sampleBytes(100, 'mine'),
  'album/inner/deep/song.bin': album['inner/deep/song.bin']!,
  'album/notes/1/1': album['notes/1/1']!,
};
const contents = new Map<string, Content>([[FILM, sampleBytes(24 * MiB + 777)]]);
for (let index = 0; index < SMALL_FILES; index++) {
  contents.set(`small-${index}`, sampleBytes(20 * KiB + 31 * index, `small ${index}`));
}

contents.set(ALBUM, album);
/** All of it is in pieces that files share, so that whatever is kept of it is of the pack. */
const letters: Tree = Object.fromEntries(
  Array.from({ length: 120 }, (_, index) => [
    `${index % 4}/${index}`,
    sampleBytes(40 * KiB + 89 * index, `letter ${index}`),
  ]),
);
contents.set(LETTERS, letters);
const shared = { contents, pieceBytes: FILM_PIECE_BYTES };

/** One loss, and what was wrong after it. */
interface Case {
  readonly about: string;
  readonly flaws: readonly string[];
}

await runCampaign('power-loss', async (campaign) => {
  const { isShort, folder, random, check, say } = campaign;
  const seed = Math.floor(random() * 2 ** 32);
  const recorder = await Recorder.build(folder);
  if (typeof recorder === 'string') return say(`skipped: ${recorder}`);
  const world = new ProgramWorld(folder);
  const only = valueOf('--case');
  const numbers = (count: number): number[] =>
    only === undefined ? Array.from({ length: count }, (_, index) => index) : [Number(only)];
  const given = valueOf('--recordings');
  const scratch = join(folder, 'scratch');
  try {
    const recorded =
      given === undefined
        ? await record(world, recorder, folder, isShort ? 25 : 250)
        : (deserialize(await readFile(given)) as Recorded);
    const { scenes, tracker } = recorded;
    const claims: Claims = { complete: 0, keptPieces: 0, printed: 0 };
    const sceneOf = (index: number): RecordedScene => scenes[index % scenes.length]!;
    const client = (scene: RecordedScene) => (index: number) =>
      loseDownloads(scene, seededRandom(seed + index), scratch, claims);

    let bad = await judge(campaign, 'downloads', numbers(isShort ? 400 : 10_000), (index) =>
      client(sceneOf(index))(index),
    );
    say(`claimed: ${JSON.stringify(claims)}`);
    const isSaid = Math.min(claims.complete, claims.keptPieces, claims.printed) > 0;
    check(isSaid || only !== undefined, 'something was complete, kept and printed');
    bad += await judge(campaign, 'tracker', numbers(isShort ? 100 : 2_000), (index) =>
      loseTracker(tracker, seededRandom(seed + index), scratch),
    );
    if (given !== undefined) return;
    await findPlanted(
      campaign,
      recorded,
      client,
      (other) => (index) => loseTracker(other, seededRandom(seed + index), scratch),
    );
    // They write where the scenes were recorded.
    bad += await judge(campaign, 'downloads again', numbers(isShort ? 9 : 150), (index) =>
      goOn(world, sceneOf(index), seededRandom(seed + index)),
    );
    if (bad > 0) {
      const path = join(tmpdir(), `p2p-power-loss-${process.pid}.recordings`);
      await writeFile(path, serialize(recorded));
      say(
        `the same losses once more, of downloads and tracker: --seed as above, --recordings ${path}`,
      );
    }
  } finally {
    await world.close();
  }
});

type Lose<T> = (what: T) => (index: number) => Promise<Case>;

/** Faults of which some loss has to tell. */
async function findPlanted(
  campaign: Campaign,
  { scenes, cached, tracker }: Recorded,
  client: Lose<RecordedScene>,
  server: Lose<RecordedTracker>,
): Promise<void> {
  const [film, , list, begun, folder, packed] = scenes;
  const { wal, part, downloads, library } = kindsOfSync(film);
  const without = (scene: RecordedScene, isMissing: (sync: Sync) => boolean) =>
    client({ ...scene, recording: withoutSyncs(scene.recording, isMissing) });
  await mustFind(campaign, '--durability cache', client(cached));
  await mustFind(campaign, 'no sync of part files', without(film, part));
  await mustFind(campaign, 'no sync of the folder of downloads', without(film, downloads));
  await mustFind(campaign, 'no sync of the library', without(film, library));
  await mustFind(campaign, 'no sync of part files, of a list', without(list, part));
  const { pack, song, albumFolders } = kindsOfSync(folder);
  await mustFind(campaign, 'no sync of the pack of a folder', without(packed, pack));
  await mustFind(campaign, 'no sync of a large file of a folder', without(folder, song));
  await mustFind(campaign, 'no sync of folders in a folder', without(folder, albumFolders));
  const ways = { 'folder of downloads': begun.downloads, home: begun.home };
  for (const [what, folder] of Object.entries(ways)) {
    await mustFind(campaign, `no sync above a new ${what}`, without(begun, isAbove(folder)));
  }
  const lessSynced = (isMissing: (sync: Sync) => boolean) =>
    server({ ...tracker, recording: withoutSyncs(tracker.recording, isMissing) });
  await mustFind(campaign, 'no sync of the log of the tracker', lessSynced(wal));
  const isMissing = isAbove(tracker.dataDir);
  await mustFind(campaign, 'no sync above a new folder of a tracker', lessSynced(isMissing));
}

/** Of the two folders above one. */
function isAbove(folder: string): (sync: Sync) => boolean {
  const above = [dirname(folder), dirname(dirname(folder))];
  return ({ path }) => above.includes(path);
}

type One = RecordedScene;
type FirstScenes = [One, One, One, One, One, One];

/** Everything that is lost afterwards. */
interface Recorded {
  /** A film, one in three lives, small files, those in new folders, a folder, one of small files, and others. */
  readonly scenes: readonly [...FirstScenes, ...RecordedScene[]];
  readonly cached: RecordedScene;
  readonly tracker: RecordedTracker;
}

async function record(
  world: ProgramWorld,
  recorder: Recorder,
  folder: string,
  trackerRounds: number,
): Promise<Recorded> {
  await prepare(world);
  const scene = (name: string, lives: readonly SceneLife[]): Promise<RecordedScene> =>
    recordScene(world, recorder, name, lives);
  return {
    scenes: [
      await scene('film', [{ file: FILM, options: SLOWLY }]),
      await scene('film in three lives', THREE_LIVES),
      await scene('small files', [LIST]),
      await recordScene(world, recorder, 'small files, all folders new', [LIST], { isNew: true }),
      await scene('folder', [{ file: ALBUM, options: SLOWER }]),
      await scene('folder of small files', [{ file: LETTERS, options: SLOWEST }]),
      await scene('folder in three lives', ALBUM_LIVES),
      await recordScene(
        world,
        recorder,
        'folder that is there',
        [{ file: ALBUM, options: SLOWER }],
        {
          before: albumBefore,
        },
      ),
    ],
    cached: await scene('film in the cache', [IN_CACHE]),
    tracker: await recordTracker(recorder, folder, trackerRounds),
  };
}

/** A tracker, ann who serves everything, and ben, who is logged in. */
async function prepare(world: ProgramWorld): Promise<void> {
  await world.startTracker();
  await world.pair(FILM, contents.get(FILM) as Buffer);
  const paths: string[] = [];
  for (const [name, bytes] of contents) {
    if (name === FILM) continue;
    paths.push(world.path(name));
    if (isTree(bytes)) await makeTree(world.path(name), bytes);
    else await writeFile(world.path(name), bytes);
  }
  await world.must({ home: world.path('ann'), args: ['upload', ...paths, GROUP, '--quiet'] });
  await world.serve('ann');
}

function kindsOfSync({ home, downloads }: RecordedScene) {
  return {
    wal: ({ path }: Sync) => path.endsWith('-wal'),
    part: ({ path }: Sync) => path.endsWith('.part'),
    pack: ({ path }: Sync) => path.endsWith('.part/pack'),
    song: ({ path }: Sync) => path.endsWith('song.bin'),
    albumFolders: ({ path }: Sync) =>
      /\.part\/tree(\/(notes(\/\d)?|inner(\/\w+)?|run))?$/.test(path),
    downloads: ({ path }: Sync) => path === downloads,
    library: ({ path }: Sync) => path.startsWith(join(home, 'library.db')),
  };
}

/** Every case has to be without a flaw; one line for all of them, and one for each that is not. */
async function judge(
  { isShort, check, say }: Campaign,
  what: string,
  numbers: readonly number[],
  lose: (index: number) => Promise<Case>,
): Promise<number> {
  const startedAtMs = performance.now();
  let [bad, tried] = [0, 0];
  for (const index of numbers) {
    if (performance.now() - startedAtMs > allowedMs(isShort)) break;
    tried++;
    const { about, flaws } = await lose(index);
    if (flaws.length === 0) continue;
    bad++;
    say(`${what}, case ${index}, ${about}: ${flaws.join('; ')}`);
  }
  const ms = ((performance.now() - startedAtMs) / tried).toFixed(1);
  check(bad === 0, `${what}: ${tried} losses, ${bad} with flaws (${ms} ms each)`);
  return bad;
}

async function mustFind(
  { check }: Campaign,
  fault: string,
  lose: (index: number) => Promise<Case>,
): Promise<void> {
  for (let index = 0; index < CASES_TO_FIND; index++) {
    const { flaws } = await lose(index);
    if (flaws.length > 0) return check(true, `found, ${fault}, by case ${index}: ${flaws[0]}`);
  }
  check(false, `not found: ${fault}`);
}

async function loseDownloads(
  { name, home, recording }: RecordedScene,
  random: () => number,
  scratch: string,
  claims: Claims,
): Promise<Case> {
  const { moment, about, disk } = lossOf(recording, random);
  const told = recording.prints.filter(({ at }) => at < moment).map(({ text }) => text);
  const lost = { disk, home, printed: told.join(''), ...shared };
  return { about: `${name}, ${about}`, flaws: await flawsOfDownloads(lost, scratch, claims) };
}

async function loseTracker(
  tracker: RecordedTracker,
  random: () => number,
  scratch: string,
): Promise<Case> {
  const { moment, about, disk } = lossOf(tracker.recording, random);
  return { about, flaws: await flawsOfTracker(tracker, disk, moment, scratch) };
}

/** What ben has is what he had after the loss, and he says `download` again. */
async function goOn(
  world: ProgramWorld,
  scene: RecordedScene,
  random: () => number,
): Promise<Case> {
  const { about, disk } = lossOf(scene.recording, random);
  const { status, stdout, stderr, left } = await downloadAgain(world, scene, disk, shared);
  const flaws: string[] = [];
  if (status !== 0) flaws.push(`it ended with ${status}: ${stdout} ${stderr}`);
  const wanted = scene.file === '--all' ? [...contents.keys()] : [scene.file];
  const paths = wanted.map((name) => join(scene.downloads, name));
  for (const [index, name] of wanted.entries()) {
    const found = flawsOfContent((path) => left.get(path), paths[index]!, contents.get(name)!);
    flaws.push(...found.map((flaw) => `${name}: ${flaw}`));
  }
  const isWanted = (path: string): boolean =>
    paths.some((wantedPath) => path === wantedPath || path.startsWith(`${wantedPath}/`));
  for (const path of left.keys()) {
    const isBeside = path.startsWith(`${scene.downloads}/`) && !isWanted(path);
    if (isBeside && !mayStay(disk, path)) flaws.push(`${path} is left beside`);
  }
  return { about: `${scene.name}, ${about}`, flaws };
}

/**
 * A part file of another length may be anybody's, and so may a folder of that name without a pack:
 * they stay, and others are made.
 */
function mayStay(disk: DiskAfterLoss, path: string): boolean {
  const partFolder = /^.*\/\.[^/]+\.[0-9a-f]{8}\.part(?=\/|$)/.exec(path)?.[0];
  if (partFolder !== undefined) return disk.read(join(partFolder, 'pack')) === undefined;
  const content = contents.get(basename(path.replace(/\.[0-9a-f]{8}\.part$/, '')));
  return disk.read(path)?.length !== content?.length;
}

function lossOf(
  recording: FileRecording,
  random: () => number,
): { moment: number; about: string; disk: DiskAfterLoss } {
  const moment = momentOf(recording, random);
  const mode = random() < 0.5 ? 'in order' : 'any';
  const about = `moment ${moment} of ${recording.length}, ${mode}`;
  return { moment, about, disk: diskAfterLoss(recording, moment, mode, random) };
}

/** Any moment, or just after something was synced, named or said. */
function momentOf(recording: FileRecording, random: () => number): number {
  const { length, syncs, nameChanges, prints } = recording;
  const ends = {
    syncs: syncs.map(({ endedAt }) => endedAt),
    names: nameChanges.map(({ at }) => at),
    prints: prints.map(({ at }) => at),
  };
  const [kind, place] = [random(), random()];
  const edges = kind < 0.25 ? ends.syncs : kind < 0.5 ? ends.names : kind < 0.6 ? ends.prints : [];
  const edge = edges[Math.floor(place * edges.length)];
  return edge === undefined ? Math.floor(place * (length + 1)) : edge + 1;
}
