import { mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import t from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import {
  clearMetPeers,
  readMetPeers,
  writeMetPeers,
} from '../../../src/main/home/met-peers-file.js';
import { MAX_MET_PEERS_FILE_BYTES } from '../../../src/net/limits.js';
import { testFolder } from '../../fixtures/test-folder.js';

const peer = {
  deviceId: 'device',
  userId: 'ann',
  address: { host: '192.0.2.1', port: 1 },
  latencyMs: 80,
};
const record = {
  trackerId: 'tracker',
  userId: 'bob',
  groups: [{ groupId: 'chess', peers: [peer] }],
};

t.test('peers are noted for nobody else to read, until they are cleared', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  t.equal(await readMetPeers(home), undefined);
  await writeMetPeers(home, record);
  t.same(await readMetPeers(home), record);
  t.equal((await stat(home.metPeersPath)).mode & 0o777, 0o600);
  await clearMetPeers(home);
  t.equal(await readMetPeers(home), undefined);
  await clearMetPeers(home);
});

t.test('whatever else is there is nothing', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const broken = [
    '',
    '{',
    '[]',
    JSON.stringify({ ...record, userId: '' }),
    JSON.stringify({ ...record, groups: [{ groupId: 'chess', peers: Array(5).fill(peer) }] }),
    JSON.stringify({
      ...record,
      groups: [{ groupId: 'chess', peers: [{ ...peer, address: { host: 'h', port: 0 } }] }],
    }),
    `${JSON.stringify(record)}${' '.repeat(MAX_MET_PEERS_FILE_BYTES)}`,
  ];
  for (const text of broken) {
    await writeFile(home.metPeersPath, text);
    t.equal(await readMetPeers(home), undefined, text.slice(0, 40));
  }
  await rm(home.metPeersPath);
  await writeFile(`${home.metPeersPath}.elsewhere`, JSON.stringify(record));
  await symlink(`${home.metPeersPath}.elsewhere`, home.metPeersPath);
  t.equal(await readMetPeers(home), undefined, 'a link');
  await rm(home.metPeersPath);
  await mkdir(home.metPeersPath);
  t.equal(await readMetPeers(home), undefined, 'a folder');
  await writeMetPeers(home, record);
  t.equal(await readMetPeers(home), undefined, 'what cannot be written is not there');
  await clearMetPeers(home);
  t.ok((await stat(home.metPeersPath)).isDirectory(), 'nothing is to be cleared in a folder');
});
