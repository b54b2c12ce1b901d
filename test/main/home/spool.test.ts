import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { Spool } from '../../../src/main/home/spool.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** No process has it. */
const NOBODY = 2_147_483_646;

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
  t.notOk(spool.isLeft(own));
  t.notOk(spool.isLeft(`${own}.0a1b2c3d.part`));
  t.ok(spool.isLeft(join(folder, `x.${NOBODY}`)));
  t.ok(spool.isLeft(join(folder, 'x')));
  t.notOk(spool.isLeft('/elsewhere/x'));
});

t.test('sweeping removes what nothing names and nobody makes', async (t) => {
  const folder = testFolder(t);
  const spool = new Spool(folder);
  const own = basename(await spool.newPath());
  const names = [
    own,
    `${own}.0a.part`,
    `old.${NOBODY}`,
    `old.${NOBODY}.0a.part`,
    'shared',
    'other',
  ];
  for (const name of names) writeFileSync(join(folder, name), 'x');
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'folder', 'of the user'), 'x');
  await spool.sweep((path) => basename(path) === 'shared');
  t.strictSame(readdirSync(folder).sort(), [own, `${own}.0a.part`, 'folder', 'shared'].sort());
});

t.test('a home without a spool has nothing to sweep', async (t) => {
  const folder = testFolder(t);
  await new Spool(join(folder, 'none')).sweep(() => false);
  t.strictSame(readdirSync(folder), []);
});
