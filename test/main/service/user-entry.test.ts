import { userInfo } from 'node:os';
import t from 'tap';
import { parseUserEntry, readUserEntry } from '../../../src/main/service/user-entry.js';

t.test('both forms of a line are read', (t) => {
  const ann = { user: 'ann', uid: 501, homePath: '/home/ann' };
  t.same(parseUserEntry('ann:x:501:20:Ann, of here:/home/ann:/bin/sh\n'), ann);
  t.same(parseUserEntry('ann:********:501:20::0:0:Ann:/home/ann:/bin/zsh\n'), ann);
  for (const line of ['', 'ann', 'ann:x:no:20:Ann:/home/ann:/bin/sh', 'ann:x:1:1:::/bin/sh']) {
    t.equal(parseUserEntry(line), undefined, line);
  }
  t.end();
});

t.test('the list of this machine has its own user, and not everybody', async (t) => {
  const { username, uid, homedir } = userInfo();
  t.same(await readUserEntry(username, process.platform), {
    user: username,
    uid,
    homePath: homedir,
  });
  await t.rejects(readUserEntry('no-such-user-here', process.platform), { code: 'BAD_ARGUMENT' });
});
