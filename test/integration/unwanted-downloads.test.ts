/** Downloads that nobody wants any more, with real peers. */
import { readdir } from 'node:fs/promises';
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const film = { groupId: GROUP, fileName: 'film' };
const content = sampleBytes(4 * MiB);

t.test('a running download is cancelled with its part file, and may begin anew', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  const bob = await swarm.client('bob');
  await ann.share('film', content);
  const parts = async () => (await readdir(bob.folder)).filter((name) => name.endsWith('.part'));
  const id = await bob.start('film');
  const ended = t.rejects(bob.finish(id), { code: 'CANCELLED' });
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  t.equal((await parts()).length, 1);
  const [cancelled] = await bob.engine.cancelDownloads({ ...film, keepsPart: false });
  await ended;
  t.match(cancelled, { ...film, id, path: bob.path('film') });
  t.ok(cancelled!.freedBytes > 0);
  t.same(await parts(), []);
  t.match(await bob.engine.downloads(), [{ id, state: 'cancelled' }]);
  t.match(await bob.engine.status(), { sharedFiles: 0 }, 'what was verified is served no more');
  t.equal(await bob.start('film'), id, 'it goes on as the same download');
  const { fetched } = await bob.finish(id);
  t.equal(fetched, content.length, 'from the first byte');
  t.ok((await bob.read('film')).equals(content));
});

t.test('what is kept of a cancelled download is used by the next one', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  const bob = await swarm.client('bob');
  await ann.share('film', content);
  const id = await bob.start('film');
  const ended = t.rejects(bob.finish(id), { code: 'CANCELLED' });
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  t.match(await bob.engine.cancelDownloads({ id, keepsPart: true }), [{ freedBytes: 0 }]);
  await ended;
  const { fetched } = await bob.download('film');
  t.ok(fetched < content.length);
  const forgotten = await bob.engine.forgetDownloads({ onlyComplete: true, keepsPart: false });
  t.match(forgotten, [{ id, ...film }]);
  t.same(await bob.engine.downloads(), []);
  t.ok((await bob.read('film')).equals(content), 'the file stays');
  t.match(await bob.engine.status(), { sharedFiles: 1 }, 'and is shared');
});

t.test('a download that was left is forgotten only when it has been cancelled', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  const bob = await swarm.client('bob');
  await ann.share('film', content);
  const id = await bob.start('film');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  const stopped = t.rejects(bob.finish(id), { code: 'TERMINATED' });
  await bob.close();
  await stopped;
  const again = await swarm.openClient('bob');
  await again.logIn();
  const forget = { ...film, onlyComplete: false, keepsPart: false };
  await t.rejects(again.engine.forgetDownloads(forget), { message: /`cancel` ends/ });
  t.match(await again.engine.cancelDownloads({ ...film, keepsPart: false }), [{ id }]);
  t.match(await again.engine.forgetDownloads(forget), [{ id }]);
  await t.rejects(again.engine.forgetDownloads(forget), { code: 'NO_SUCH_DOWNLOAD' });
  t.same(
    (await readdir(again.folder)).filter((name) => name.endsWith('.part')),
    [],
  );
});
