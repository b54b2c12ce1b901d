/** Whose file may say what is run. */
import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { requireCodeTrust } from '../../../src/main/settings/code-trust.js';
import { testFolder } from '../../fixtures/test-folder.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

async function scene(t: Test) {
  const folder = testFolder(t, {});
  const home = join(folder, 'home');
  await mkdir(home, { mode: 0o700 });
  const path = join(home, 'config.toml');
  await writeFile(path, '', { mode: 0o600 });
  const trust = async (at = path, userId?: number): Promise<void> => {
    const { mode, uid } = await stat(at);
    await requireCodeTrust({ path: at, mode, owner: { uid } }, userId);
  };
  return { folder, home, path, trust };
}

const refused = { code: 'PERMISSION_DENIED' };

t.test('a file of ours in a folder of ours is trusted', async (t) => {
  const { trust } = await scene(t);
  await trust();
});

t.test('what others may write to is not', async (t) => {
  const { folder, home, path, trust } = await scene(t);
  for (const [what, open, closed] of [
    [path, 0o620, 0o600],
    [path, 0o602, 0o600],
    [home, 0o770, 0o700],
    [home, 0o707, 0o700],
    [folder, 0o777, 0o755],
  ] as const) {
    await chmod(what, open);
    await t.rejects(trust(), refused, `${what} ${open.toString(8)}`);
    await chmod(what, closed);
    await trust();
  }
  // Others put files of their own there, and move nobody's.
  await chmod(folder, 0o1777);
  await trust();
});

t.test('where a link leads counts as well as where it is', async (t) => {
  const { folder, home, trust } = await scene(t);
  const open = join(folder, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  await writeFile(join(open, 'real.toml'), '', { mode: 0o600 });
  await symlink(join(open, 'real.toml'), join(home, 'linked.toml'));
  await t.rejects(trust(join(home, 'linked.toml')), refused);
  await symlink(join(home, 'config.toml'), join(open, 'link.toml'));
  await t.rejects(trust(join(open, 'link.toml')), refused);
});

t.test('what belongs to another user is not, for root neither', { skip: !isRoot }, async (t) => {
  const { home, path, trust } = await scene(t);
  await chown(path, NOBODY, NOBODY);
  await t.rejects(trust(), /belongs to another user/);
  await chown(path, 0, 0);
  await chown(home, NOBODY, NOBODY);
  await t.rejects(trust(), /others may put another file into its place/);
  await trust(path, NOBODY);
});
