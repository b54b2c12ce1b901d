/** What lies where a state file belongs. */
import { chmod, open, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stateFileAt } from '../../src/net/state-file.js';
import { testFolder } from '../fixtures/test-folder.js';

const isRoot = process.getuid?.() === 0;

t.test('a plain file is taken, nothing is nothing, and what else there is is named', async (t) => {
  const folder = testFolder(t, { file: 'state', folder: {} });
  const at = (name: string) => join(folder, name);
  t.match(await stateFileAt(at('file'), 'the state', 'write'), { size: 5 });
  t.equal(await stateFileAt(at('none'), 'the state', 'write'), undefined);
  await symlink('file', at('link'));
  t.match(await stateFileAt(at('link'), 'the state', 'read'), { size: 5 });
  await symlink('nowhere', at('lost'));
  await t.rejects(stateFileAt(at('lost'), 'the state', 'read'), {
    code: 'IO_ERROR',
    message: /^the state \S+ is a link that leads nowhere/,
  });
  await t.rejects(stateFileAt(at('folder'), 'the state', 'read'), { message: /is a folder/ });
});

t.test('what may not be used is said', { skip: isRoot && 'root may use it' }, async (t) => {
  const path = join(testFolder(t, { file: 'state' }), 'file');
  await chmod(path, 0o400);
  await t.rejects(stateFileAt(path, 'the state', 'write'), { code: 'PERMISSION_DENIED' });
});

t.test('a file that goes while it is looked at is not there', async (t) => {
  const folder = testFolder(t);
  const path = join(folder, 'going');
  for (let n = 0; n < 400; n++) {
    await writeFile(path, '');
    // It was there, or not: whoever looks is not told that it may not be used.
    await Promise.all([stateFileAt(path, 'the state', 'write'), rm(path)]);
  }
  await (await open(path, 'w')).close();
  t.ok(await stateFileAt(path, 'the state', 'write'));
});
