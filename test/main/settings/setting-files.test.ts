/** Where the files of settings are, and which of them are refused. */
import { writeFileSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { MAX_SETTINGS_FILE_BYTES } from '../../../src/net/limits.js';
import { changeSettingFile } from '../../../src/main/settings/change-file.js';
import {
  homePlace,
  readSettingFiles,
  systemPlace,
} from '../../../src/main/settings/setting-files.js';
import { testFolder } from '../../fixtures/test-folder.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

async function scene(t: Test) {
  const folder = testFolder(t);
  const [home, etc] = [join(folder, 'home'), join(folder, 'etc')];
  await mkdir(home, { mode: 0o700 });
  await mkdir(etc, { mode: 0o755 });
  const [own, system] = [join(home, 'config.toml'), join(etc, 'config.toml')];
  const env = { P2P_HOME: home, P2P_SYSTEM_CONFIG: system };
  return { env, home, etc, own, system };
}

t.test('both files are read, that of the home first; what is missing says nothing', async (t) => {
  const { env, own, system } = await scene(t);
  t.same(await readSettingFiles(env), []);
  await writeFile(system, '[common]\nup = "1MB/s"', { mode: 0o644 });
  await writeFile(own, '[common]\nup = "2MB/s"', { mode: 0o600 });
  const files = await readSettingFiles(env);
  t.same(
    files.map(({ path }) => path),
    [own, system],
  );
  t.same(await readSettingFiles({ ...env, P2P_HOME: join(own, 'below-a-file') }), files.slice(1));
});

t.test('the file of the machine can be another one, or none', (t) => {
  t.equal(systemPlace({})?.path, '/etc/p2p/config.toml');
  t.equal(systemPlace({ P2P_SYSTEM_CONFIG: '' }), undefined);
  t.throws(() => systemPlace({ P2P_SYSTEM_CONFIG: 'here' }), { code: 'BAD_ARGUMENT' });
  t.equal(homePlace({ P2P_HOME: '/h' })?.path, '/h/config.toml');
  t.end();
});

t.test('one that others may write is refused, as is one in a folder of theirs', async (t) => {
  const { env, own, system, etc, home } = await scene(t);
  const refused = { code: 'PERMISSION_DENIED' };
  for (const path of [own, system]) {
    await writeFile(path, '');
    for (const mode of [0o620, 0o602]) {
      await chmod(path, mode);
      await t.rejects(readSettingFiles(env), refused, `${path} ${mode.toString(8)}`);
    }
    await chmod(path, 0o644);
  }
  t.equal((await readSettingFiles(env)).length, 2);
  for (const [folder, mode] of [
    [etc, 0o755],
    [home, 0o700],
  ] as const) {
    await chmod(folder, 0o777);
    await t.rejects(readSettingFiles(env), refused, folder);
    await chmod(folder, mode);
  }
});

t.test(
  'one of another user is refused',
  { skip: !isRoot && 'only root gives files away' },
  async (t) => {
    const { env, own, system } = await scene(t);
    for (const path of [own, system]) {
      await writeFile(path, '', { mode: 0o600 });
      await chown(path, NOBODY, NOBODY);
      await t.rejects(readSettingFiles(env), { code: 'PERMISSION_DENIED' }, path);
      await rm(path);
    }
  },
);

t.test('root heeds the home of another user', { skip: !isRoot && 'only root' }, async (t) => {
  const { env, own, home } = await scene(t);
  await writeFile(own, '[common]\nup = "1MB/s"', { mode: 0o600 });
  await chown(home, NOBODY, NOBODY);
  await chown(own, NOBODY, NOBODY);
  t.equal((await readSettingFiles(env))[0]?.settings.get('common.up')?.value, '1MB/s');
});

t.test('no file, or one that is too large, is told', async (t) => {
  const { env, own } = await scene(t);
  await mkdir(own);
  await t.rejects(readSettingFiles(env), { code: 'IO_ERROR', message: /no plain file/ });
  await rm(own, { recursive: true });
  await writeFile(own, '#'.repeat(MAX_SETTINGS_FILE_BYTES + 1), { mode: 0o600 });
  await t.rejects(readSettingFiles(env), { code: 'BAD_ARGUMENT', message: /larger than/ });
  await rm(own);
  await symlink('nowhere', own);
  await t.rejects(readSettingFiles(env), { code: 'FILE_NOT_FOUND' });
});

t.test('a change keeps the mode, and the link to where the file is', async (t) => {
  const { env, own, etc } = await scene(t);
  const target = join(etc, 'mine.toml');
  await writeFile(target, '# mine\n', { mode: 0o640 });
  await symlink(target, own);
  const place = homePlace(env)!;
  t.equal(await changeSettingFile(place, env, (text) => `${text}[serve]\n`), true);
  t.equal(await readFile(target, 'utf8'), '# mine\n[serve]\n');
  t.equal((await stat(target)).mode & 0o777, 0o640);
  t.equal(await changeSettingFile(place, env, () => undefined), false);
});

t.test('what root changes stays whose it was', { skip: !isRoot && 'only root' }, async (t) => {
  const { env, home, own, etc } = await scene(t);
  const theirs = { uid: NOBODY, gid: NOBODY };
  await chown(home, NOBODY, NOBODY);
  const place = homePlace(env)!;
  await changeSettingFile(place, env, () => '# a new one\n');
  t.match(await stat(own), theirs, 'of whose home it is');
  t.equal((await stat(own)).mode & 0o777, 0o600);
  await chown(own, 0, NOBODY);
  await changeSettingFile(place, env, (text) => `${text}# more\n`);
  t.match(await stat(own), { uid: 0, gid: NOBODY }, 'of whose it was');
  const target = join(etc, 'mine.toml');
  await writeFile(target, '');
  await chown(target, NOBODY, NOBODY);
  await rm(own);
  await symlink(target, own);
  await changeSettingFile(place, env, () => '# a linked one\n');
  t.match(await stat(target), theirs);
  const system = systemPlace(env)!;
  await changeSettingFile(system, env, () => '# the one of the machine\n');
  t.match(await stat(system.path), { uid: 0, gid: 0 });
});

t.test('a change that comes between is not lost', async (t) => {
  const { env, own, system } = await scene(t);
  const place = systemPlace(env)!;
  let isFirst = true;
  await changeSettingFile(place, env, (text) => {
    if (isFirst) writeFileSync(system, '# theirs\n', { mode: 0o644 });
    isFirst = false;
    return `${text}# ours\n`;
  });
  t.equal(await readFile(system, 'utf8'), '# theirs\n# ours\n');
  t.equal((await stat(system)).mode & 0o777, 0o644);
  await t.rejects(stat(own), { code: 'ENOENT' });
});

t.test('who changes it again and again is not waited for', async (t) => {
  const { env, own } = await scene(t);
  const place = homePlace(env)!;
  let count = 0;
  const changing = changeSettingFile(place, env, (text) => {
    writeFileSync(own, `# ${count++}\n`, { mode: 0o600 });
    return text;
  });
  await t.rejects(changing, { code: 'IO_ERROR', message: /again and again/ });
  t.equal(await readFile(own, 'utf8'), `# ${count - 1}\n`);
});
