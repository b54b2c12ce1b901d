/** Which version a process says it is. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { testFolder } from '../fixtures/test-folder.js';

t.test('the version is that of the code that runs, whatever is installed over it', async (t) => {
  const folder = testFolder(t, { bin: { 'p2p.js': '' } });
  const manifest = join(folder, 'package.json');
  const built = join(folder, 'dist/src/net');
  await mkdir(dirname(built), { recursive: true });
  await cp(inPackage('dist/src/net'), built, { recursive: true });
  await writeFile(manifest, JSON.stringify({ type: 'module', version: '1.2.3' }));
  const { ownVersion } = (await import(
    pathToFileURL(join(built, 'own-version.js')).href
  )) as typeof import('../../src/net/own-version.js');
  t.equal(ownVersion(), '1.2.3');
  await writeFile(manifest, 'half of');
  t.equal(ownVersion(), '1.2.3');
});
