/** What lies in a pack and in a tree is made into files: on a real disk, in this very thread. */
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import { folderPathsOf } from '../../../src/net/folder-paths.js';
import { isAsStamped, newFolderStamps } from '../../../src/net/folder-stamps.js';
import { FILES_MADE_AT_A_TIME, KiB } from '../../../src/net/limits.js';
import { entryFactsOf } from '../../../src/main/threads/entry-facts.js';
import { unpackFolder } from '../../../src/workers/disk/unpack-folder.js';
import { ENTRY_OUTCOMES, type UnpackTask } from '../../../src/workers/messages/unpacking.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { emptyFolder, fileEntry, tableOf } from '../../net/sample-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
const MANY = FILES_MADE_AT_A_TIME + 20;
const many = Array.from({ length: MANY }, (_, index) => fileEntry(`many/${index}`, 10 + index));
const table = tableOf(
  { ...fileEntry('a/program', 5_000), isExecutable: true, mtimeMs: 1_234_567_890_123 },
  fileEntry('empty'),
  { ...fileEntry('large', PIECE + 10), mtimeMs: 77 },
  ...many,
  emptyFolder('nothing/inside'),
);
const layout = folderLayout(table, PIECE)!;
const bytesOf = new Map(table.map(({ path, size }) => [path, sampleBytes(size, path)]));
const placeOf = (path: string): number => table.findIndex((entry) => entry.path === path);

/** How many this process has open. */
function openDescriptors(): number {
  return readdirSync('/dev/fd').length;
}

function scene(t: Test, more: Partial<UnpackTask> = {}) {
  const root = testFolder(t);
  const [tree, destination] = [join(root, 'tree'), join(root, 'there')];
  mkdirSync(tree);
  writeFileSync(join(tree, 'large'), bytesOf.get('large')!);
  const packFd = openSync(join(root, 'pack'), 'w+');
  for (const { path, size } of table) if (size < PIECE) writeSync(packFd, bytesOf.get(path)!);
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => {
    port1.close();
    closeSync(packFd);
  });
  const paths = folderPathsOf(table);
  const where = { packFd, tree, treeName: tree, destination, placed: undefined };
  const task: UnpackTask = {
    port: port2,
    content: { type: 'growing-folder', layout, paths, ...where },
    facts: entryFactsOf(table, layout, undefined),
    firstEntry: 0,
    entryCount: table.length,
    isCompleting: false,
    isSynced: true,
    syncsAtATime: 2,
    outcomes: new Uint8Array(table.length).fill(9),
    stamps: newFolderStamps(table.length),
    ...more,
  };
  return { task, tree, destination, tell: () => port1.postMessage({ type: 'close' }) };
}

for (const isSynced of [true, false]) {
  t.test(`every entry is made, ${isSynced ? 'on the disk' : 'in the cache'}`, async (t) => {
    const { task, tree } = scene(t, { isSynced });
    const open = openDescriptors();
    await unpackFolder(task);
    t.equal(openDescriptors(), open, 'nothing stays open');
    for (const [index, { path, kind, mtimeMs }] of table.entries()) {
      const at = join(tree, path);
      const stats = statSync(at, { bigint: true });
      if (kind !== 'file') {
        t.ok(stats.isDirectory());
        continue;
      }
      t.ok(readFileSync(at).equals(bytesOf.get(path)!), path);
      t.equal(Number(stats.mtimeNs / 1_000_000n), mtimeMs, 'its time');
      t.ok(isAsStamped(task.stamps, index, stats), 'its stamp is what it is now');
    }
    t.equal(lstatSync(join(tree, 'a/program')).mode & 0o100, 0o100);
    t.equal(lstatSync(join(tree, 'empty')).mode & 0o111, 0);
    t.ok(task.outcomes.every((outcome) => outcome === ENTRY_OUTCOMES.made));
  });
}

t.test('a run makes its entries and no other', async (t) => {
  const at = placeOf('empty');
  const { task, tree } = scene(t, { firstEntry: at, entryCount: 1 });
  await unpackFolder(task);
  t.ok(existsSync(join(tree, 'empty')));
  t.notOk(existsSync(join(tree, 'a')));
  t.equal(task.outcomes[at + 1], 9);
});

t.test('what is not chosen is neither made nor looked at', async (t) => {
  const choice = new Bitfield(table.length);
  choice.add(placeOf('empty'));
  const facts = entryFactsOf(table, layout, choice);
  const { task, tree, destination } = scene(t, { facts, isCompleting: true });
  mkdirSync(join(destination, 'many'), { recursive: true });
  writeFileSync(join(destination, 'many/3'), 'something else');
  await unpackFolder(task);
  t.ok(existsSync(join(tree, 'empty')));
  t.notOk(existsSync(join(tree, 'a')));
  for (const [entry, outcome] of task.outcomes.entries()) {
    t.equal(outcome, choice.has(entry) ? ENTRY_OUTCOMES.made : ENTRY_OUTCOMES.leftOut);
  }
});

t.test('half a file of a run that was killed is made anew', async (t) => {
  const { task, tree } = scene(t);
  mkdirSync(join(tree, 'a'));
  writeFileSync(join(tree, 'a/program'), sampleBytes(9_000, 'longer'));
  await unpackFolder(task);
  t.ok(readFileSync(join(tree, 'a/program')).equals(bytesOf.get('a/program')!));
});

t.test('what is the same at the destination is not made', async (t) => {
  const { task, tree, destination } = scene(t, { isCompleting: true });
  mkdirSync(join(destination, 'many'), { recursive: true });
  mkdirSync(join(destination, 'nothing/inside'), { recursive: true });
  writeFileSync(join(destination, 'many/3'), bytesOf.get('many/3')!);
  writeFileSync(join(destination, 'many/4'), sampleBytes(14, 'other'));
  writeFileSync(join(destination, 'many/5'), 'of another length');
  await unpackFolder(task);
  const { same, differs, made } = ENTRY_OUTCOMES;
  const outcome = (path: string) => task.outcomes[placeOf(path)];
  t.equal(outcome('many/3'), same);
  t.notOk(existsSync(join(tree, 'many/3')));
  t.equal(outcome('nothing/inside'), same);
  for (const path of ['many/4', 'many/5']) {
    t.equal(outcome(path), differs);
    t.ok(readFileSync(join(tree, path)).equals(bytesOf.get(path)!));
  }
  t.equal(outcome('many/6'), made);
});

t.test('it ends when main says so, and what the disk says is told', async (t) => {
  const cancelled = scene(t);
  cancelled.tell();
  await t.rejects(unpackFolder(cancelled.task), { code: 'CANCELLED' });
  const { task, tree } = scene(t);
  writeFileSync(join(tree, 'many'), 'a file where a folder belongs');
  const open = openDescriptors();
  await t.rejects(unpackFolder(task), { message: /^cannot make the files of / });
  t.equal(openDescriptors(), open);
});
