import t, { type Test } from 'tap';
import {
  MAX_SEARCH_SLICE_FILES,
  SEARCH_BURST_MS,
  SEARCH_CALL_MS,
} from '../../../src/net/limits.js';
import { parseParams } from '../../../src/tracker/params.js';
import type { FileSearch, FoundFile, SearchPlace } from '../../../src/net/tracker-api.js';
import type { Store } from '../../../src/tracker/store/store.js';
import { sampleFile } from '../tracker-client.js';
import { openScene, type FakeClient, type TrackerScene } from '../tracker-scene.js';

/** Anna is in g and h, ben in h and i; each of the groups has files of its own. */
async function openGroups(t: Test) {
  const scene = await openScene(t);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('g', anna);
  await scene.makeGroup('h', anna, ben);
  await scene.makeGroup('i', ben);
  const share = async (client: FakeClient, groupId: string, ...names: string[]) => {
    for (const name of names) {
      scene.nowMs += 1_000;
      const { fileId, description } = sampleFile(1 + (name.length % 7));
      await scene.call(client, 'shareFile', { groupId, name, fileId, description });
    }
  };
  return { scene, anna, ben, share };
}

/** All that is found, page after page, as `group/name`. */
async function find(
  scene: TrackerScene,
  client: FakeClient,
  ...[first, ...words]: (string | FileSearch)[]
): Promise<string[]> {
  const search = typeof first === 'object' ? first : { words: [first!, ...(words as string[])] };
  const found: FoundFile[] = [];
  for (let after: { after?: SearchPlace } = {}; ;) {
    const { items, next } = await scene.call(client, 'search', { ...search, ...after });
    found.push(...items);
    if (!next) return found.map(({ groupId, name }) => `${groupId}/${name}`);
    after = { after: next };
  }
}

void t.test('files of all groups of the user are found, the newest of each first', async (t) => {
  const { scene, anna, ben, share } = await openGroups(t);
  await share(anna, 'g', 'Été 1.jpg', 'winter.jpg');
  await share(anna, 'h', 'ete 2.JPG', 'summer.txt', 'ÉTÉ 3.jpg');
  await share(ben, 'i', 'ete 4.jpg');
  t.same(await find(scene, anna, 'ete'), ['g/Été 1.jpg', 'h/ÉTÉ 3.jpg', 'h/ete 2.JPG']);
  t.same(await find(scene, ben, 'été'), ['h/ÉTÉ 3.jpg', 'h/ete 2.JPG', 'i/ete 4.jpg']);
  t.same(await find(scene, anna, 'jpg', 'TE 2'), ['h/ete 2.JPG']);
  t.same(await find(scene, anna, 'nowhere'), []);
  const [item] = (await scene.call(anna, 'search', { words: ['winter'] })).items;
  t.match(item, { groupId: 'g', name: 'winter.jpg', sharer: 'anna', sources: 0 });
});

void t.test('filters choose among them', async (t) => {
  const { scene, anna, share } = await openGroups(t);
  await share(anna, 'g', 'a.jpg', 'a.txt', 'ajpg');
  await share(anna, 'h', 'a b.jpg');
  const of = (search: Partial<FileSearch>) => find(scene, anna, { words: ['a'], ...search });
  t.same(await of({ groupIds: ['h', 'h'] }), ['h/a b.jpg']);
  t.same(await of({ ending: 'JPG' }), ['g/a.jpg', 'h/a b.jpg']);
  t.same(await of({ kind: 'folder' }), []);
  t.equal((await of({ kind: 'file' })).length, 4);
  const { items } = await scene.call(anna, 'search', { words: ['a'] });
  const [{ size, sharedAtMs: atMs = 0 }] = items as [FoundFile];
  t.ok((await of({ minSize: size, maxSize: size })).includes(`g/${items[0]!.name}`));
  t.same(await of({ minSize: 2 ** 40 }), []);
  t.same(await of({ maxSize: 1 }), []);
  t.same(await of({ sinceMs: atMs, untilMs: atMs }), [`g/${items[0]!.name}`]);
  t.same(await of({ sinceMs: 2 ** 50 }), []);
});

void t.test('a name is found as it is now', async (t) => {
  const { scene, anna, share } = await openGroups(t);
  await share(anna, 'g', 'a', 'b', 'c');
  t.same(await find(scene, anna, { words: ['a'], groupIds: ['g'] }), ['g/a']);
  const { fileId, description } = sampleFile(9);
  const newer = { groupId: 'g', name: 'a', fileId, description, replace: true };
  await scene.call(anna, 'shareFile', newer);
  await share(anna, 'g', 'ab');
  await scene.call(anna, 'stopShare', { groupId: 'g', name: 'b' });
  t.same(await find(scene, anna, 'a'), ['g/ab', 'g/a'], 'the replaced one is new');
  t.same(await find(scene, anna, 'b'), ['g/ab']);
  t.match((await scene.call(anna, 'search', { words: ['a'] })).items[1], { fileId });
});

void t.test('words stand for themselves, whatever is in them', async (t) => {
  const { scene, anna, share } = await openGroups(t);
  const names = ['100%', '100x', 'a_b', 'axb', "it's", 'say "hi"', '(.*)', 'a;--'];
  await share(anna, 'g', ...names);
  for (const name of names) t.same(await find(scene, anna, name), [`g/${name}`], name);
  for (const word of ['%', '_', "'", '"', '.*', ';']) {
    const expected = names.filter((name) => name.includes(word)).map((name) => `g/${name}`);
    t.same((await find(scene, anna, word)).sort(), expected.sort(), word);
  }
  for (const word of ['\\', '\u0000', 'a\u0000', "' OR 1 --", '[a]', '?1']) {
    t.same(await find(scene, anna, word), [], JSON.stringify(word));
  }
  const params = (words: readonly unknown[]) => () => parseParams('search', { words });
  t.throws(params(['x'.repeat(10_000)]), { code: 'BAD_REQUEST' });
  t.throws(params([]), { code: 'BAD_REQUEST' });
  t.throws(params(['']), { code: 'BAD_REQUEST' });
  t.throws(params(Array(9).fill('a')), { code: 'BAD_REQUEST' });
  t.throws(params(Array(8).fill('a'.repeat(100))), { code: 'BAD_REQUEST', message: /800 bytes/ });
});

void t.test('what is compared with nothing finds nothing', async (t) => {
  const { scene, anna, share } = await openGroups(t);
  await share(anna, 'g', 'a.jpg', 'b.');
  const params = (search: object) => () => parseParams('search', search);
  const refused = { code: 'BAD_REQUEST', message: /only accents or invisible characters/ };
  for (const word of ['\u0301', '\u200d']) {
    t.throws(params({ words: [word] }), refused);
    t.throws(params({ words: ['a', word] }), refused);
    t.throws(params({ words: ['a'], ending: word }), { code: 'BAD_REQUEST' });
  }
  for (const ending of ['\u0000', 'jpg\u0000', '\u0000jpg', '%', 'j_g', 'pg', 'a.jpg']) {
    t.same(await find(scene, anna, { words: ['a'], ending }), [], JSON.stringify(ending));
  }
});

void t.test('calls at once have no more time than calls in a row', async (t) => {
  const { scene, anna } = await openGroups(t);
  scene.context.searchPace.begin('anna');
  scene.context.searchPace.end('anna', SEARCH_BURST_MS - 2 * SEARCH_CALL_MS);
  const calls = Array.from({ length: 64 }, () => scene.call(anna, 'search', { words: ['a'] }));
  const ended = await Promise.allSettled(calls);
  t.equal(ended.filter(({ status }) => status === 'fulfilled').length, 2);
  t.same(await find(scene, anna, 'a'), [], 'they took no time, and it is given back');
});

void t.test('a statement that took long is followed by one about less', async (t) => {
  const { scene, anna } = await openGroups(t);
  const { store } = scene.context;
  const looks: number[] = [];
  let nowMs = 0;
  scene.steadyMs = () => nowMs;
  const slow: Store = {
    ...store,
    read: (work) =>
      store.read((tx) =>
        work({
          ...tx,
          findMatches: async (_groupId, below = 400, _search, { looked }) => {
            looks.push(looked);
            nowMs += looked / 10;
            return { found: [], looked, below: below > looked ? below - looked : undefined };
          },
        }),
      ),
  };
  Object.assign(scene.context, { store: slow });
  await scene.call(anna, 'search', { words: ['a'], groupIds: ['g'] });
  t.same(looks, [100, 40, 40, 40]);
});

void t.test('nothing is found where the user is not, or not any more', async (t) => {
  const { scene, anna, ben, share } = await openGroups(t);
  await share(anna, 'g', 'a');
  await share(ben, 'h', 'b a');
  const inI = { words: ['a'], groupIds: ['i'] };
  await t.rejects(scene.call(anna, 'search', inI), { code: 'NOT_A_MEMBER' });
  const nowhere = { words: ['a'], groupIds: ['nowhere'] };
  await t.rejects(scene.call(anna, 'search', nowhere), { code: 'NO_SUCH_GROUP' });
  t.same(await find(scene, ben, { words: ['a'], groupIds: ['h'] }), ['h/b a']);
  await scene.call(anna, 'kick', { groupId: 'h', userId: 'ben' });
  t.same(await find(scene, ben, 'a'), []);
  t.same((await scene.call(ben, 'search', { words: ['a'], after: { groupId: 'g' } })).items, []);
});

void t.test('a call ends when its time is over, and the next one goes on there', async (t) => {
  const { scene, anna, share } = await openGroups(t);
  await share(anna, 'g', ...Array.from({ length: 30 }, (_, n) => `file ${n}`));
  await share(anna, 'h', ...Array.from({ length: 30 }, (_, n) => `file ${n}`));
  let nowMs = 0;
  // Each look at the clock is 10 ms later: there is time for one slice in a turn, and one turn in a call.
  scene.steadyMs = () => (nowMs += 10);
  const first = await scene.call(anna, 'search', { words: ['file'] });
  t.equal(first.items.length, 30);
  t.same(first.next, { groupId: 'h' });
  t.same((await find(scene, anna, 'file')).length, 60);
});

void t.test('groups with more files than one slice holds are searched through', async (t) => {
  const { scene, anna } = await openGroups(t);
  const count = 3 * MAX_SEARCH_SLICE_FILES + 3;
  await scene.context.store.transaction(async (tx) => {
    const { fileId, bytes, size } = sampleFile(1);
    await tx.addDescription(fileId, { size }, bytes, 'anna');
    for (let n = 0; n < count; n++) {
      await tx.addFile({ groupId: 'g', name: `file ${n}`, fileId, size }, n);
      const share = { groupId: 'g', name: `file ${n}`, userId: 'anna', deviceId: 'pc' };
      await tx.addShare(share, n);
    }
  });
  t.same(await find(scene, anna, 'file 1001'), ['g/file 1001']);
  t.same(await find(scene, anna, 'file 0'), ['g/file 0']);
  const all = await find(scene, anna, 'file');
  t.same(
    all,
    Array.from({ length: count }, (_, n) => `g/file ${count - 1 - n}`),
  );
});

void t.test(
  'searches of one user take no more than their time, and nothing of others',
  async (t) => {
    const { scene, anna, ben } = await openGroups(t);
    scene.context.searchPace.begin('anna');
    scene.context.searchPace.end('anna', SEARCH_BURST_MS);
    await t.rejects(scene.call(anna, 'search', { words: ['a'] }), { code: 'LIMIT_REACHED' });
    t.same(await find(scene, ben, 'a'), []);
    scene.nowMs += 60_000;
    t.same(await find(scene, anna, 'a'), []);
  },
);
