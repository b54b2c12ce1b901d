/** Two who keep a folder the same, and run nothing else: each has what the other made, also after a kill. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { P2pProcess, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';

t.test(
  'sync alone serves what is shared from its folder, also begun anew after a kill',
  async (t) => {
    const folder = testFolder(t, { tracker: {}, ann: {}, ben: {} });
    const [ann, ben] = [join(folder, 'ann'), join(folder, 'ben')];
    const { port } = await startTracker(t, join(folder, 'tracker'));
    const password = 'secret-enough';
    await prepareGroup({ port, password, groupId: 'club', homes: { ann, ben } });
    const kept = (name: string, ...more: string[]) => join(folder, `${name}-kept`, ...more);
    for (const name of ['ann', 'ben']) mkdirSync(kept(name));
    const sync = (home: string, name: string): P2pProcess =>
      new P2pProcess(t, {
        home,
        args: ['sync', 'club', kept(name), '--both', '--host', '127.0.0.1'],
      });
    const [film, song] = [sampleBytes(300_000, 'film'), sampleBytes(200_000, 'song')];

    writeFileSync(kept('ann', 'film'), film);
    const first = sync(ann, 'ann');
    await first.noted(/shared {3}film/);
    await first.kill('SIGKILL');
    const again = sync(ann, 'ann');
    const other = sync(ben, 'ben');
    await other.noted(/fetched {2}film .*from ann/);
    t.ok(film.equals(readFileSync(kept('ben', 'film'))));

    writeFileSync(kept('ben', 'song'), song);
    await again.noted(/fetched {2}song .*from ben/);
    t.ok(song.equals(readFileSync(kept('ann', 'song'))));
    t.notOk(existsSync(kept('ann', 'film~1')), 'nothing comes twice');
    for (const process of [again, other]) t.match(await process.kill('SIGINT'), { status: 0 });
  },
);
