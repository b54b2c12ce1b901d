/** What is told of the machine, and what is not. */
import t, { type Test } from 'tap';
import { lookAtMachine } from '../../../src/main/engine/machine-look.js';
import { openHome } from '../../../src/main/home/home.js';
import { StorageError, type ErrorCode } from '../../../src/net/errors.js';
import { writeFile } from 'node:fs/promises';
import { testFolder } from '../../fixtures/test-folder.js';

/** A look at a home whose library cannot be opened. */
async function lookWhere(t: Test, code: ErrorCode) {
  const folder = testFolder(t, {});
  const home = await openHome({ P2P_HOME: folder });
  await writeFile(home.libraryPath, '');
  const library = () => Promise.reject(new StorageError(code as 'IO_ERROR', 'not now'));
  return lookAtMachine({ library }, home, folder);
}

t.test('a library that cannot be read is a finding', async (t) => {
  t.match(await lookWhere(t, 'IO_ERROR'), { libraryError: { code: 'IO_ERROR' } });
});

t.test('a home that another process uses is waited for by whoever asks', async (t) => {
  await t.rejects(lookWhere(t, 'HOME_IN_USE'), { code: 'HOME_IN_USE' });
});
