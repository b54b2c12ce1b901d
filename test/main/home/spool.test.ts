import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { ownMark } from '../../../src/main/home/process-mark.js';
import { Spool } from '../../../src/main/home/spool.js';
import { INPUT_LEFT_AGE_MS } from '../../../src/net/limits.js';
import { testFolder } from '../../fixtures/test-folder.js';

const ID = '0b8f4a52-7c1e-4d39-9a60-3f2f1f6b7c11';
/** No process has it. */
const another = async (): Promise<string> => (await ownMark()).replace(/^\d+/, '2147483646');
/** As in another container, or before the machine was started again. */
const elsewhere = `${process.pid}-1-00000000`;

t.test('a new path is in a folder of ours alone, and a part file beside it is too', async (t) => {
  const folder = join(testFolder(t), 'spool');
  const spool = new Spool(folder);
  const [one, other] = [await spool.newPath(), await spool.newPath()];
  t.equal(statSync(folder).mode & 0o777, 0o700);
  t.not(one, other);
  t.ok(spool.has(one));
  t.ok(spool.has(`${one}.0a1b2c3d.part`));
  t.notOk(spool.has(join(folder, 'inner', 'file')));
  t.notOk(spool.has(`${folder}-other/file`));
});

t.test('what a process that runs has made is not left', async (t) => {
  const folder = testFolder(t);
  const spool = new Spool(folder);
  const own = await spool.newPath();
  t.notOk(await spool.isLeft(own));
  t.notOk(await spool.isLeft(`${own}.0a1b2c3d.part`));
  t.ok(await spool.isLeft(join(folder, `${ID}.${elsewhere}`)), 'nobody here can be writing it');
  t.ok(await spool.isLeft(join(folder, ID)));
  t.notOk(await spool.isLeft('/elsewhere/x'));
});

t.test('what a process has made that has ended is left', async (t) => {
  const folder = testFolder(t);
  t.ok(await new Spool(folder).isLeft(join(folder, `${ID}.${await another()}`)));
});

t.test('the part of a download is told from that of a repair', (t) => {
  const folder = testFolder(t);
  const spool = new Spool(folder);
  t.ok(spool.isPart(join(folder, `${ID}.1-2-0a1b2c3d.0a1b2c3d.part`)));
  for (const name of [`${ID}.repair.part`, `${ID}.1-2-0a1b2c3d.repair.part`, ID, 'x.part'])
    t.notOk(spool.isPart(join(folder, name)), name);
  t.end();
});

t.test('inputs that nobody reads any more are removed, and nothing else', async (t) => {
  const folder = testFolder(t);
  const spool = new Spool(folder);
  const own = basename((await spool.newInput()).taking);
  const long = `${ID}.${elsewhere.replace(/^\d+/, '7')}.taking`;
  const kept = [
    ...[own, ID, `${ID}.${await another()}`, `${ID}.repair.part`],
    ...[`${ID}.${elsewhere}.taking`, `${ID}.${await another()}.0a1b2c3d.part`, 'x'],
  ];
  const ended = [`${ID}.${await another()}.taking`, long];
  for (const name of [...kept, ...ended]) writeFileSync(join(folder, name), 'x');
  const longAgo = new Date(Date.now() - INPUT_LEFT_AGE_MS - 60_000);
  for (const name of [long, ID]) utimesSync(join(folder, name), longAgo, longAgo);
  mkdirSync(join(folder, 'folder'));
  await spool.sweepInputs();
  t.strictSame(readdirSync(folder).sort(), [...kept, 'folder'].sort());
});

t.test('a home without a spool has nothing to sweep', async (t) => {
  const folder = testFolder(t);
  const spool = new Spool(join(folder, 'none'));
  await spool.sweepInputs();
  t.strictSame(await spool.paths(), []);
  t.strictSame(readdirSync(folder), []);
});
