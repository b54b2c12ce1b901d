/** A scrub over real files and a real library; its clock and its rests are the test's. */
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SCRUB_ROUND_MS, SCRUB_SAVE_INTERVAL_MS } from '../../../src/net/limits.js';
import { whenAborted } from '../../../src/net/until-aborted.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import type { Library } from '../../../src/main/home/library.js';
import { Scrub } from '../../../src/main/sharing/scrub.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { LocalHashing } from '../../fixtures/local-hashing.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

/** More than a scrub reads in one go. */
const { content, description, encoded, fileId } = describedBytes(40);
const WINDOW = 32;
const { pieceLength } = description.layout;

async function addShare(library: Library, folder: string, name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const stamp = stampOf(await stat(path, { bigint: true }));
  const group = { groupId: 'group', incarnation: INCARNATION };
  const share = { ...group, name, fileId, path, stamp, sharedAtMs: 1 };
  library.addShare(account, share, { fileId, pieceLength, encoded });
  return share;
}

/** Runs until it rests, which is the end of a round, or until a test stops it. */
function scrubOver(library: Library, onWindow: (scrub: Scrub) => void = () => undefined) {
  const background = new BackgroundWork(() => undefined);
  const hashing = new LocalHashing();
  const found: string[] = [];
  const rests: number[] = [];
  const clock = { nowMs: 1_000_000 };
  const scrub: Scrub = new Scrub({
    library: async () => library,
    ...{ hashing, background },
    shares: { onChecked: async (_, { name }, { state }) => void found.push(`${name} ${state}`) },
    pace: { rest: async () => onWindow(scrub) },
    nowMs: () => clock.nowMs,
    sleep: async (ms, signal) => {
      rests.push(ms);
      scrub.stop();
      await whenAborted(signal);
    },
  });
  const run = async (): Promise<void> => {
    scrub.start(account);
    await background.settled();
  };
  return { run, hashing, found, rests, clock };
}

async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const add = (name: string, bytes = content) => addShare(library, folder, name, bytes);
  return { library, add };
}

t.test('a round reads everything once, tells what is damaged, and rests', async (t) => {
  const { library, add } = await scene(t);
  await add('a');
  await add('b', Buffer.alloc(content.length));
  const gone = await add('c');
  await rm(gone.path);
  const noted = await add('d');
  library.noteDamage(account, noted, noted.stamp, 1);
  const { run, hashing, found, rests, clock } = scrubOver(library);
  await run();
  t.same(found, ['b damaged']);
  t.equal(hashing.read.length, 80, 'what is known to be missing or damaged is not read');
  t.ok(rests[0]! > 0 && rests[0]! <= SCRUB_ROUND_MS);
  t.same(library.scrubRound(account), { startedAtMs: clock.nowMs, next: undefined });
});

t.test('it goes on in the middle of a file after it was ended', async (t) => {
  const { library, add } = await scene(t);
  await add('a');
  await add('b');
  let windows = 0;
  const first = scrubOver(library, (scrub) => {
    if (++windows === 3) scrub.stop();
  });
  first.hashing.before = async () => void (first.clock.nowMs += SCRUB_SAVE_INTERVAL_MS);
  await first.run();
  t.match(library.scrubRound(account), { next: { name: 'b', piece: WINDOW } });
  const second = scrubOver(library);
  await second.run();
  t.same(second.hashing.read, [32, 33, 34, 35, 36, 37, 38, 39]);
  t.same(library.scrubRound(account)?.startedAtMs, 1_000_000, 'it is the same round');
});

t.test('how far it is is noted now and then, and at the end', async (t) => {
  const { library, add } = await scene(t);
  await add('a');
  await add('b');
  const notes: unknown[] = [];
  const { run } = scrubOver(library, () => notes.push(library.scrubRound(account)?.next?.piece));
  await run();
  t.same(notes, [WINDOW, WINDOW, WINDOW, WINDOW]);
  t.match(library.scrubRound(account), { next: undefined });
});

t.test('a share that is gone when its turn comes is passed over', async (t) => {
  const { library, add } = await scene(t);
  await add('b');
  library.saveScrubRound(account, {
    startedAtMs: 1,
    next: { groupId: 'group', name: 'a', piece: 9 },
  });
  const { run, hashing } = scrubOver(library);
  await run();
  t.equal(hashing.read[0], 0, 'the piece was of the other one');
  t.equal(hashing.read.length, 40);
});

t.test('nothing is shared: it rests', async (t) => {
  const { library } = await scene(t);
  const { run, rests } = scrubOver(library);
  await run();
  t.equal(rests.length, 1);
});
