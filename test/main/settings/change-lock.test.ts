/** Changes of one file of settings by several at once, and the lock that a killed one leaves. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ownMark } from '../../../src/main/home/process-mark.js';
import { changeSettingFile } from '../../../src/main/settings/change-file.js';
import { whileAlone } from '../../../src/main/settings/change-lock.js';
import { homePlace } from '../../../src/main/settings/setting-files.js';
import { testFolder } from '../../fixtures/test-folder.js';

async function scene(t: Test) {
  const home = join(testFolder(t), 'home');
  await mkdir(home, { mode: 0o700 });
  const env = { P2P_HOME: home };
  return { home, env, place: homePlace(env)!, path: join(home, 'config.toml') };
}

t.test('of many changes at once none is lost', async (t) => {
  const { home, env, place, path } = await scene(t);
  const lines = Array.from({ length: 8 }, (_, index) => `# ${index}`);
  await Promise.all(
    lines.map((line) => changeSettingFile(place, env, (text) => `${text}${line}\n`)),
  );
  const written = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.same(new Set(written), new Set(lines));
  t.same(readdirSync(home), ['config.toml'], 'no lock and no part is left');
});

t.test('the lock is there while somebody works, and gone when that has failed', async (t) => {
  const { path } = await scene(t);
  const failing = whileAlone(path, async () => {
    t.ok(existsSync(`${path}.lock`));
    throw new Error('no');
  });
  await t.rejects(failing, { message: 'no' });
  t.notOk(existsSync(`${path}.lock`));
});

t.test('the lock of one that has ended, or says nothing for long, keeps nobody out', async (t) => {
  const { home, path } = await scene(t);
  const ended = (await ownMark()).replace(/^\d+/, '2147483646');
  for (const text of [`${ended} 00`, `${process.pid}-1-00000000 00`]) {
    await writeFile(`${path}.lock`, text);
    t.equal(await whileAlone(path, () => Promise.resolve('done')), 'done', text);
  }
  t.same(readdirSync(home), []);
});

t.test('one whose maker runs is waited for', async (t) => {
  const { path } = await scene(t);
  const order: string[] = [];
  let end = (): void => undefined;
  const first = whileAlone(path, async () => {
    order.push('first begins');
    await new Promise<void>((resolve) => (end = resolve));
    order.push('first ends');
  });
  while (order.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = whileAlone(path, async () => void order.push('second'));
  end();
  await Promise.all([first, second]);
  t.same(order, ['first begins', 'first ends', 'second']);
});

t.test('nothing is made where nothing is to be changed', async (t) => {
  const home = join(testFolder(t), 'none');
  const env = { P2P_HOME: home };
  t.equal(await changeSettingFile(homePlace(env)!, env, () => undefined), false);
  t.notOk(existsSync(home));
});
