import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { OutsideHome } from '../../../src/main/home/outside-home.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** A home two folders deep, with something in it, and a folder beside it. */
function scene(t: Test) {
  const folder = testFolder(t, {
    ann: { home: { 'config.toml': '', spool: {} }, movies: {} },
    out: {},
  });
  const home = join(folder, 'ann', 'home');
  const isRefused = async (path: string, isFolder: boolean): Promise<boolean> => {
    try {
      const outside = new OutsideHome(home);
      await (isFolder ? outside.requireFolder(path) : outside.requireFile(path));
      return false;
    } catch (error) {
      t.match(error, { code: 'NO_DESTINATION', message: /is where this client has its keys/ });
      return true;
    }
  };
  return { folder, home, isRefused };
}

const OWN = [
  'config.toml',
  'CONFIG.toml',
  'con\uFB01g.toml',
  'device.pem',
  'library.db-wal',
  'cache',
];

t.test(
  'what is its own in the home is refused, however deep, and whether it is there or not',
  async (t) => {
    const { home, isRefused } = scene(t);
    for (const name of [...OWN, join('spool', 'new'), join('cache', 'a', 'b')]) {
      t.ok(await isRefused(join(home, name), false), name);
      t.ok(await isRefused(join(home, name), true), `${name}/`);
    }
    t.ok(await isRefused(home, true), 'a folder in the place of the home');
  },
);

t.test("what is the user's there is not", async (t) => {
  const { home, isRefused } = scene(t);
  for (const name of ['film.mkv', 'got 0', join('movies', 'config.toml'), 'config']) {
    t.notOk(await isRefused(join(home, name), false), name);
    t.notOk(await isRefused(join(home, name), true), `${name}/`);
  }
});

t.test('what is beside it is not', async (t) => {
  const { folder, home, isRefused } = scene(t);
  for (const path of [join(folder, 'out', 'f'), join(folder, 'ann', 'f'), `${home}-2`]) {
    t.notOk(await isRefused(path, false), path);
    t.notOk(await isRefused(path, true), `${path}/`);
  }
});

t.test('links that lead into the home are followed', async (t) => {
  const { folder, home, isRefused } = scene(t);
  await symlink(home, join(folder, 'out', 'link'));
  t.ok(await isRefused(join(folder, 'out', 'link', 'config.toml'), false));
  t.ok(await isRefused(join(folder, 'out', 'link'), true), 'a folder would be completed there');
  await symlink(join(home, 'config.toml'), join(folder, 'out', 'config'));
  t.notOk(await isRefused(join(folder, 'out', 'config'), false), 'the link is replaced itself');
});

t.test('a folder that has the home in it is refused, a file beside that is not', async (t) => {
  const { folder, isRefused } = scene(t);
  t.ok(await isRefused(join(folder, 'ann'), true));
  t.ok(await isRefused(folder, true));
  t.notOk(await isRefused(join(folder, 'ann', 'movies'), true));
  await symlink(join(folder, 'ann'), join(folder, 'out', 'ann'));
  t.ok(await isRefused(join(folder, 'out', 'ann'), true), 'also by a link');
});

t.test('a home that is not there holds nothing', async (t) => {
  const folder = testFolder(t);
  await new OutsideHome(join(folder, 'no')).requireFile(join(folder, 'no', 'f'));
  await mkdir(join(folder, 'no'));
  await writeFile(join(folder, 'f'), '');
  await new OutsideHome(join(folder, 'f', 'home')).requireFolder(join(folder, 'g'));
  t.pass();
});

t.test('many files that are asked for together are judged each by its own name', async (t) => {
  const { folder, home } = scene(t);
  const outside = new OutsideHome(home);
  const names = ['film.mkv', 'config.toml', 'movies', 'library.db'];
  const ends = await Promise.allSettled(names.map((name) => outside.requireFile(join(home, name))));
  t.strictSame(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
  );
  // A look is not kept for later: what is there then counts.
  const link = join(folder, 'out', 'link');
  await symlink(join(folder, 'out'), link);
  await outside.requireFile(join(link, 'config.toml'));
  await rm(link);
  await symlink(home, link);
  await t.rejects(outside.requireFile(join(link, 'config.toml')), { code: 'NO_DESTINATION' });
});
