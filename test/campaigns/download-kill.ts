/**
 * A downloading process is killed with SIGKILL at random moments, again and again, until it
 * completes; then anew, until there were as many kills as wanted (the short form: or as many as fit
 * its time). Some victims at a time, each with a folder and a home of its own. Checked after each
 * kill: never a wrong byte under the final name, what was told to be kept is in the library, nothing
 * kept is fetched or hashed again, and what was verified since is hashed and not fetched; in the end
 * the same bytes, and nothing left beside them.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign, type Campaign } from '../fixtures/campaign.js';
import { hintsIn, liveUntil, remainsOf } from '../fixtures/killed-download.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';

const FILE = 'film.mkv';
const PIECE = MiB / 4;
const VICTIMS = 4;
const SHORT_KILLS = 100;
const SHORT_MS = 120_000;
/** Fewer say that the machine was too slow to kill anything. */
const LEAST_KILLS = 10;
const LONG_KILLS = 1_000;

await runCampaign('download-kill', async (campaign) => {
  const { isShort, folder, random, measured, say } = campaign;
  const content = sampleBytes((isShort ? 12 : 64) * MiB);
  const swarm = await TestSwarm.start(folder);
  const ann = await swarm.client('ann', { up: (isShort ? 4 : 16) * MiB });
  await ann.share(FILE, content);
  const wanted = isShort ? SHORT_KILLS : LONG_KILLS;
  const deadlineMs = performance.now() + allowedMs(isShort, SHORT_MS);
  let kills = 0;
  let files = 0;
  const isOver = (): boolean => kills >= wanted || performance.now() > deadlineMs;
  // Some lives are shorter than a start. Once there were enough, the last ones may end by themselves.
  const moment = (): number | undefined =>
    isOver() ? undefined : random() * (isShort ? 1_500 : 6_000);
  const killOneAfterAnother = async (): Promise<void> => {
    while (!isOver()) {
      // A folder and a home for each file, so that none finds what another left.
      const bob = await swarm.client(`bob${++files}`);
      await bob.close();
      const victim = { name: bob.name, folder: bob.folder, port: swarm.address.port, file: FILE };
      await downloadOverKills(campaign, victim, content, moment, () => kills++);
      await rm(bob.folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: VICTIMS }, killOneAfterAnother));
  // How many fit the time hangs on the machine.
  measured(kills >= LEAST_KILLS, 'there were kills');
  say(`${kills} of ${wanted} kills, over ${files} downloads`);
  await swarm.close();
});

/** Downloads one file over as many kills as it takes, and tells of each. */
async function downloadOverKills(
  { check, say }: Campaign,
  victim: { name: string; folder: string; port: number; file: string },
  content: Buffer,
  momentMs: () => number | undefined,
  onKill: () => void,
): Promise<void> {
  const { folder } = victim;
  const pieceCount = content.length / PIECE;
  const path = `${folder}/${FILE}`;
  let keptBefore = 0;
  for (let lives = 1; ; lives++) {
    const { kept, hinted, isNoted } = await remainsOf(folder, pieceCount);
    if (isNoted) {
      check((await readFile(path)).equals(content), 'what is noted as complete is there');
      return;
    }
    const keptBytes = kept.count * PIECE;
    check(keptBytes >= keptBefore, `what was told to be kept is (${keptBefore}, ${keptBytes})`);
    const isPlaced = (await readFile(path).catch(() => undefined)) !== undefined;
    let timer: NodeJS.Timeout | undefined;
    const life = await liveUntil(victim, (line, kill) => {
      // At any moment of its work; how long a start takes is no matter of it.
      const afterMs = line.startsWith('left') ? momentMs() : undefined;
      if (afterMs !== undefined) timer = setTimeout(kill, afterMs);
    });
    clearTimeout(timer);
    if (!life.isComplete) onKill();
    say(
      `${victim.name}, life ${lives}: ${JSON.stringify(life)}, kept ${kept.count}, hinted ${hinted.count}`,
    );
    check(life.left >= keptBytes || isPlaced, 'the list says so');
    // A file that has its name already is hashed as a whole: it may be somebody else's.
    if (!isPlaced) check(life.hashed <= hinted.count, 'nothing kept is hashed again');
    if (life.fetched !== undefined && !isPlaced) {
      const missing = content.length - (kept.count + hinted.count) * PIECE;
      check(life.fetched === missing, 'neither what was kept nor what was hinted is fetched again');
    }
    const found = await readFile(path).catch(() => undefined);
    check(found === undefined || found.equals(content), 'no wrong byte under the final name');
    keptBefore = life.kept;
    if (!life.isComplete) continue;
    check(found !== undefined, 'the bytes are the same');
    const beside = (await readdir(folder)).filter((name) => name !== 'home');
    check(beside.length === 1, `nothing is left beside the file (${beside.join(', ')})`);
    check((await hintsIn(folder)).length === 0, 'nor in the home');
    return;
  }
}
