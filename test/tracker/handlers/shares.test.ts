import t, { type Test } from 'tap';
import { TrackerError } from '../../../src/net/errors.js';
import {
  DESCRIPTIONS_STOPPED_AT_ONCE_BYTES,
  FORMER_VERSION_KEPT_MS,
  SHARE_TURN_MS,
  TURN_SLICE_MS,
} from '../../../src/net/limits.js';
import { allPeers } from '../presence/all-peers.js';
import { sampleFile } from '../tracker-client.js';
import { diskFull, openScene, type FakeClient, type TrackerScene } from '../tracker-scene.js';

const cat = sampleFile(1);
const dog = sampleFile(2);
const named = { groupId: 'g', name: 'cat' };
const inG = { groupId: 'g', fileId: cat.fileId };
const share = { ...named, fileId: cat.fileId };

/** Anna and ben are in g, where nothing is shared; cleo is in no group. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, ben);
  return { scene, anna, ben, cleo };
}

/** Shares the cat and offers it. */
async function serve(scene: TrackerScene, ...clients: FakeClient[]): Promise<void> {
  for (const client of clients) {
    await scene.goOnline(client);
    await scene.call(client, 'shareFile', { ...share, description: cat.description });
    await scene.call(client, 'announce', { files: [{ ...inG, state: 'complete' }] });
  }
}

void t.test('who may not share', async (t) => {
  const { scene, anna, cleo } = await openGroup(t);
  const web = await scene.logIn(scene.connect(undefined), 'anna');
  const many = { groupId: 'g', files: [{ name: 'cat', fileId: cat.fileId }], announce: false };
  for (const [client, code] of [
    [cleo, 'NOT_A_MEMBER'],
    [web, 'NO_DEVICE'],
    [scene.connect('stranger'), 'NOT_LOGGED_IN'],
  ] as const) {
    await t.rejects(scene.call(client, 'shareFile', share), { code });
    await t.rejects(scene.call(client, 'shareFiles', many), { code });
    await t.rejects(scene.call(client, 'stopShare', named), { code });
  }
  const nowhere = { ...share, groupId: 'x' };
  await t.rejects(scene.call(anna, 'shareFile', nowhere), { code: 'NO_SUCH_GROUP' });
});

void t.test('a new content needs its description, a known one does not', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await t.rejects(scene.call(anna, 'shareFile', share), { code: 'NEED_DESCRIPTION' });
  const wrong = { ...share, description: dog.description };
  await t.rejects(scene.call(anna, 'shareFile', wrong), { code: 'BAD_REQUEST' });
  const whole = { ...share, description: cat.description };
  t.same(await scene.call(anna, 'shareFile', whole), { outcome: 'created' });
  t.same(await scene.call(anna, 'shareFile', share), { outcome: 'already-shared' });
  t.same(await scene.call(ben, 'shareFile', share), { outcome: 'source-added' });
  const other = { ...share, fileId: dog.fileId };
  await t.rejects(scene.call(ben, 'shareFile', other), { code: 'NAME_TAKEN' });
  const again = { ...share, name: 'cat again' };
  t.same(await scene.call(ben, 'shareFile', again), { outcome: 'created' });
  t.ok(scene.isSilent(), 'sharing by itself tells nobody anything');
});

void t.test('whether a content is known is told of the user’s own groups alone', async (t) => {
  const { scene, anna, ben, cleo } = await openGroup(t);
  await scene.makeGroup('h', cleo);
  await scene.makeGroup('i', ben, cleo);
  await scene.call(anna, 'shareFile', { ...share, description: cat.description });
  const elsewhere = (groupId: string, { fileId } = cat) => ({ groupId, name: 'probe', fileId });
  const answers = async (client: FakeClient, groupId: string, file = cat): Promise<unknown[]> => {
    const one = scene.call(client, 'shareFile', elsewhere(groupId, file)).catch(codeOf);
    const list = { groupId, files: [{ name: 'probe', fileId: file.fileId }], announce: false };
    const [many] = (await scene.call(client, 'shareFiles', list)).outcomes;
    const slice = { groupId, fileId: file.fileId, offset: 0 };
    const read = scene.call(client, 'getDescription', slice).catch(codeOf);
    return [await one, 'code' in many! ? many.code : many, await read];
  };
  const foreign = ['NEED_DESCRIPTION', 'NEED_DESCRIPTION', 'NO_SUCH_FILE'];
  t.same(await answers(cleo, 'h'), foreign, 'a content of a group that she is not in');
  t.same(await answers(cleo, 'h', dog), foreign, 'is like one that nobody has');
  t.match(await answers(ben, 'i'), [{ outcome: 'created' }, { outcome: 'already-shared' }, {}]);
  t.match(await answers(cleo, 'h'), [{ outcome: 'created' }], 'she has met it in i');
});

void t.test('a content that is stored already is stored once, whoever brings it', async (t) => {
  const { scene, anna, cleo } = await openGroup(t);
  await scene.makeGroup('h', cleo);
  const whole = { ...share, description: cat.description };
  await scene.call(anna, 'shareFile', whole);
  t.same(await scene.call(cleo, 'shareFile', { ...whole, groupId: 'h' }), { outcome: 'created' });
  t.match(await scene.call(cleo, 'listFiles', { groupId: 'h' }), { items: [{ size: cat.size }] });
  await scene.call(anna, 'stopShare', named);
  const slice = { groupId: 'h', fileId: cat.fileId, offset: 0 };
  t.same(await scene.call(cleo, 'getDescription', slice), { bytes: cat.description });
});

void t.test('a staged description is used up by its share, and only by that', async (t) => {
  const { scene, anna } = await openGroup(t);
  const { fileId, bytes, description } = cat;
  const put = { fileId, offset: 0, totalBytes: bytes.length, bytes: description };
  await scene.call(anna, 'putDescription', put);
  const other = { ...share, name: 'dog', fileId: dog.fileId, description: dog.description };
  await scene.call(anna, 'shareFile', other);
  t.equal(scene.context.staging.bytes, bytes.length);
  const failing = () => scene.call(anna, 'shareFile', share);
  await t.rejects(scene.withFullDisk(failing), diskFull);
  t.equal(scene.context.staging.bytes, bytes.length, 'kept for the next try');
  t.same(await scene.call(anna, 'shareFile', share), { outcome: 'created' });
  t.equal(scene.context.staging.bytes, 0);
});

void t.test('many files are shared by one call, each taken in or refused', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.goOnline(anna);
  await scene.call(ben, 'shareFile', { ...share, description: cat.description });
  const files = [
    { name: 'cat', fileId: dog.fileId, description: dog.description },
    { name: 'dog', fileId: dog.fileId, description: dog.description },
    { name: 'bird', fileId: sampleFile(3).fileId },
    { name: 'cat', fileId: cat.fileId },
  ];
  const { outcomes } = await scene.call(anna, 'shareFiles', {
    groupId: 'g',
    files,
    announce: true,
  });
  t.match(outcomes, [
    { code: 'NAME_TAKEN' },
    { outcome: 'created' },
    { code: 'NEED_DESCRIPTION' },
    { outcome: 'source-added' },
  ]);
  const { presence } = scene.context;
  t.match(presence.swarmSize('g', cat.fileId), { peers: 1, complete: 1 });
  t.match(presence.swarmSize('g', dog.fileId), { peers: 1, complete: 1 });
  t.equal(presence.counts().announced, 2);
});

void t.test('whoever shares many files holds nobody up for longer than a turn', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  let nowMs = 0;
  // Each look at the clock is late: a turn has room for one file.
  scene.steadyMs = () => (nowMs += SHARE_TURN_MS);
  await scene.goOnline(anna);
  const files = [1, 2, 3, 4].map((number) => {
    const { fileId, description } = sampleFile(number);
    return { name: `file ${number}`, fileId, description };
  });
  const ends: string[] = [];
  const many = scene.call(anna, 'shareFiles', { groupId: 'g', files, announce: true });
  const others = [1, 2].map(async (number) => {
    const { items } = await scene.call(ben, 'listFiles', { groupId: 'g' });
    ends.push(`look ${number}`);
    const groupId = `of ben ${number}`;
    await scene.call(ben, 'createGroup', { groupId });
    ends.push(`change ${number}`);
    return items.length;
  });
  const [{ outcomes }, ...seen] = await Promise.all([
    many.finally(() => ends.push('many')),
    ...others,
  ]);
  t.same(
    outcomes.map((one) => 'outcome' in one && one.outcome),
    files.map(() => 'created'),
  );
  t.equal(ends.at(-1), 'many', ends.join(', '));
  t.ok(Math.max(...seen) < files.length, 'they were between');
  t.equal(scene.context.presence.counts().announced, files.length);
  t.same(await scene.call(anna, 'shareFiles', { groupId: 'g', files: [], announce: true }), {
    outcomes: [],
  });
});

void t.test('who only looks is heard between two files of one turn', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const files = [1, 2, 3, 4].map((number) => {
    const { fileId, description } = sampleFile(number);
    return { name: `file ${number}`, fileId, description };
  });
  await scene.call(anna, 'shareFiles', { groupId: 'g', files: files.slice(0, 1), announce: false });
  let commits = 0;
  scene.onCommit = () => void commits++;
  let turnMs = 0;
  scene.turnMs = () => (turnMs += TURN_SLICE_MS);
  const ends: string[] = [];
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const { items } = await scene.call(ben, 'listFiles', { groupId: 'g' });
    ends.push(`${items.length} listed`);
  };
  // The turn asks for the time before each file, and after it has let others in.
  scene.steadyMs = () => {
    ends.push('time');
    if (ends.length === 2) looking = look();
    return 0;
  };
  const rest = files.slice(1);
  await scene.call(anna, 'shareFiles', { groupId: 'g', files: rest, announce: false });
  await looking;
  t.same(ends, ['time', 'time', '1 listed', 'time', 'time', 'time']);
  t.equal(commits, 2, 'the look, and one turn all the same');
});

void t.test('files of one call are shared by who asked for it, or not at all', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  let nowMs = 0;
  scene.steadyMs = () => (nowMs += SHARE_TURN_MS);
  const files = [1, 2, 3, 4].map((number) => {
    const { fileId, description } = sampleFile(number);
    return { name: `file ${number}`, fileId, description };
  });
  const many = scene.call(anna, 'shareFiles', { groupId: 'g', files, announce: true });
  // Ben logs in on the same connection after the first turn.
  let turns = 0;
  const isFirstOver = new Promise<void>((resolve) => {
    scene.onCommit = () => void (turns++ === 0 && resolve());
  });
  const other = isFirstOver.then(() => scene.logIn(anna, 'ben'));
  await t.rejects(many, { code: 'NOT_LOGGED_IN', message: /^anna / });
  await other;
  scene.onCommit = undefined;
  const { items } = await scene.call(ben, 'listFiles', { groupId: 'g' });
  t.ok(items.length > 0 && items.length < files.length, `${items.length} before`);
  t.ok(items.every(({ sharer }) => sharer === 'anna'));
});

void t.test('where nothing ends, nothing that is known of the group is forgotten', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.call(anna, 'shareFile', { ...share, description: cat.description });
  const { version } = scene.context.view;
  // Ben does not share it.
  const stop = { groupId: 'g', names: ['cat', 'dog'] };
  t.match(await scene.call(ben, 'stopShares', stop), {
    outcomes: [{ code: 'NOT_SHARED' }, { code: 'NOT_SHARED' }],
  });
  await t.rejects(scene.call(ben, 'stopShare', { groupId: 'g', name: 'cat' }), {
    code: 'NOT_SHARED',
  });
  t.equal(scene.context.view.version, version);
  await scene.call(anna, 'stopShares', stop);
  t.not(scene.context.view.version, version);
});

void t.test('shares that end together are fewer when much goes with them', async (t) => {
  const { scene, anna } = await openGroup(t);
  const half = new Uint8Array(DESCRIPTIONS_STOPPED_AT_ONCE_BYTES / 2);
  const names = ['a', 'b', 'c', 'd', 'e'];
  await scene.context.store.transaction(async (tx) => {
    for (const name of names) {
      // The first has more by itself than go together.
      const bytes = name === 'a' ? new Uint8Array(3 * half.length) : half;
      await tx.addDescription(name, { size: 5 }, bytes, 'anna');
      await tx.addFile({ groupId: 'g', name, fileId: name, size: 5 }, 1);
      await tx.addShare({ groupId: 'g', name, userId: 'anna', deviceId: anna.deviceId }, 1);
    }
  });
  let asked = 0;
  scene.steadyMs = () => (asked++, 0);
  const { outcomes } = await scene.call(anna, 'stopShares', { groupId: 'g', names });
  t.same(
    outcomes,
    names.map((fileId) => ({ fileId })),
  );
  // Once before the first, and twice before each further batch: [a], [b, c], [d, e].
  t.equal(asked, 5);
  await scene.call(anna, 'stopShares', { groupId: 'g', names });
  t.equal(asked, 6, 'all at once, because nothing is there');
});

void t.test('only what is asked for and online is announced', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const files = [{ name: 'cat', fileId: cat.fileId, description: cat.description }];
  await scene.call(ben, 'shareFiles', { groupId: 'g', files, announce: true });
  await scene.goOnline(anna);
  await scene.call(anna, 'shareFiles', { groupId: 'g', files, announce: false });
  const older = await scene.enter('anna', 'tablet');
  const newer = await scene.enter('anna', 'tablet');
  await scene.goOnline(newer);
  await scene.call(older, 'shareFiles', { groupId: 'g', files, announce: true });
  t.equal(scene.context.presence.counts().announced, 0);
});

void t.test('a watcher hears of a file that is shared and announced', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.call(ben, 'shareFile', { ...share, description: cat.description });
  await scene.call(ben, 'watch', inG);
  await scene.goOnline(anna);
  const files = [{ name: 'cat', fileId: cat.fileId }];
  const all = { groupId: 'g', files, announce: true };
  await t.rejects(
    scene.withFullDisk(() => scene.call(anna, 'shareFiles', all)),
    diskFull,
  );
  scene.elapse();
  t.ok(scene.isSilent(), 'not before it is on disk');
  await scene.call(anna, 'shareFiles', all);
  scene.elapse();
  t.match(scene.takePushes(ben), [
    [['peers', { ...inG, online: [{ deviceId: anna.deviceId }], gone: [] }]],
  ]);
});

void t.test('the last share of a content takes everyone’s offer of it away', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna);
  await scene.goOnline(ben);
  await scene.call(ben, 'announce', { files: [{ ...inG, state: 'partial' }] });
  t.same(await scene.call(anna, 'stopShare', named), { fileId: cat.fileId });
  t.equal(scene.context.presence.counts().announced, 0);
  await t.rejects(scene.call(anna, 'stopShare', named), { code: 'NOT_SHARED' });
});

void t.test('many names are shared no more in one call, and each has its answer', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna);
  await scene.call(anna, 'shareFile', { ...share, name: 'again' });
  const names = ['cat', 'nothing', 'again', 'cat'].map((name) =>
    name === 'cat' ? named.name : name,
  );
  const stop = (client: typeof anna) => scene.call(client, 'stopShares', { groupId: 'g', names });
  const { outcomes: none } = await stop(ben);
  t.ok(
    none.every((one) => 'code' in one && one.code === 'NOT_SHARED'),
    'of others nothing ends',
  );
  const { outcomes } = await stop(anna);
  const ended = { fileId: cat.fileId };
  t.match(outcomes, [ended, { code: 'NOT_SHARED' }, ended, { code: 'NOT_SHARED' }]);
  t.equal(scene.context.presence.counts().announced, 0);
  t.same((await scene.call(anna, 'listFiles', { groupId: 'g' })).items, []);
});

void t.test('while others share a content, only this device’s offer goes', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna, ben);
  await scene.call(anna, 'stopShare', named);
  t.match(allPeers(scene.context.presence, 'g', cat.fileId), [{ deviceId: ben.deviceId }]);
});

void t.test('an offer stays while the device shares it under another name', async (t) => {
  const { scene, anna } = await openGroup(t);
  await serve(scene, anna);
  await scene.call(anna, 'shareFile', { ...share, name: 'again' });
  await scene.call(anna, 'stopShare', named);
  t.equal(scene.context.presence.counts().announced, 1);
});

void t.test('what another user shares from the same device keeps no offer of it', async (t) => {
  const { scene, anna } = await openGroup(t);
  await scene.call(anna, 'shareFile', { ...share, description: cat.description });
  const ben = await scene.logIn(scene.connect('anna-pc'), 'ben');
  await serve(scene, ben);
  await scene.call(ben, 'stopShare', named);
  t.equal(scene.context.presence.counts().announced, 0, 'anna is not there to offer it');
  t.match(await scene.call(ben, 'listFiles', { groupId: 'g' }), { items: [{ sources: 0 }] });
});

const newer = { ...named, fileId: dog.fileId, description: dog.description, replace: true };

void t.test(
  'who shares a name, or owns the group, may have it stand for a newer version',
  async (t) => {
    const { scene, anna, ben } = await openGroup(t);
    await serve(scene, ben);
    t.same(
      await scene.call(anna, 'shareFile', newer),
      { outcome: 'replaced' },
      'she owns the group',
    );
    const files = [
      { ...newer, fileId: sampleFile(3).fileId, description: sampleFile(3).description },
    ];
    const { outcomes } = await scene.call(ben, 'shareFiles', {
      groupId: 'g',
      files,
      announce: true,
    });
    t.match(outcomes, [{ code: 'NAME_TAKEN' }], 'he shares the name no more');
    await scene.call(ben, 'shareFile', { ...newer, replace: false });
    t.match(
      (await scene.call(ben, 'shareFiles', { groupId: 'g', files, announce: true })).outcomes,
      [{ outcome: 'replaced' }],
    );
    t.match(scene.context.presence.swarmSize('g', sampleFile(3).fileId), { complete: 1 });
  },
);

void t.test('downloads of the old version can end, and its shares have', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna, ben);
  await scene.call(ben, 'watch', inG);
  scene.forget();
  scene.nowMs += 5;
  await scene.call(anna, 'shareFile', newer);
  const replaced = { ...inG, name: 'cat', sharer: 'anna' };
  t.same(scene.takePushes(anna, ben), [[], [['replaced', replaced]]]);
  t.match(scene.context.presence.swarmSize('g', cat.fileId), { complete: 2 });
  const answer = await scene.call(ben, 'watch', inG);
  t.match(answer, {
    peers: [{ deviceId: anna.deviceId }],
    replaced: { name: 'cat', sharer: 'anna' },
  });
  const again = { files: [{ ...inG, state: 'complete' as const }] };
  const heard = { refused: [], replaced: [replaced] };
  t.same(await scene.call(ben, 'announce', again), heard, 'who comes back hears it too');
  await t.rejects(scene.call(ben, 'shareFile', share), {
    code: 'REPLACED',
    message: /shared by anna/,
  });
  await t.rejects(scene.call(ben, 'stopShare', named), { code: 'NOT_SHARED' });
  const { items } = await scene.call(ben, 'listFiles', { groupId: 'g' });
  t.match(items, [{ name: 'cat', fileId: dog.fileId, sharer: 'anna', sharedAtMs: scene.nowMs }]);
});

void t.test('of two who replace a file the last one wins', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna, ben);
  const bird = sampleFile(3);
  const { fileId, description } = bird;
  await scene.call(ben, 'shareFile', newer);
  await scene.call(anna, 'shareFile', { ...newer, fileId, description });
  t.match(await scene.call(ben, 'fileInfo', named), { fileId, sharer: 'anna' });
  await t.rejects(scene.call(ben, 'shareFile', { ...newer, replace: false }), { code: 'REPLACED' });
  await t.rejects(scene.call(ben, 'shareFile', share), { code: 'REPLACED' }, 'nor the first one');
});

void t.test('a former version is forgotten after a while, and nobody offers it then', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna, ben);
  await scene.call(anna, 'shareFile', newer);
  scene.nowMs += FORMER_VERSION_KEPT_MS + 1;
  const other = { ...share, name: 'bird', fileId: dog.fileId };
  const effects = await scene.effectsOf(() => scene.call(anna, 'shareFile', other));
  t.match(effects[0], { type: 'content-gone', ...inG });
  t.match(scene.context.presence.swarmSize('g', cat.fileId), { peers: 0 });
  await t.rejects(scene.call(ben, 'watch', inG), { code: 'NO_SUCH_FILE' });
  await t.rejects(scene.call(ben, 'shareFile', share), { code: 'NAME_TAKEN' });
});

void t.test('a replacement whose commit fails is none', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await serve(scene, anna, ben);
  scene.forget();
  await t.rejects(
    scene.withFullDisk(() => scene.call(anna, 'shareFile', newer)),
    diskFull,
  );
  t.ok(scene.isSilent());
  t.match(await scene.call(ben, 'fileInfo', named), { fileId: cat.fileId });
});

void t.test('nothing is withdrawn when the commit fails', async (t) => {
  const { scene, anna } = await openGroup(t);
  await serve(scene, anna);
  const failing = () => scene.call(anna, 'stopShare', named);
  await t.rejects(scene.withFullDisk(failing), diskFull);
  t.equal(scene.context.presence.counts().announced, 1);
});

void t.test('what follows each request, as data', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const { deviceId } = anna;
  const whole = { ...share, description: cat.description };
  t.same(await scene.effectsOf(() => scene.call(anna, 'shareFile', whole)), [
    { type: 'files-changed', groupId: 'g' },
    { type: 'description-stored', fileId: cat.fileId },
  ]);
  const files = [
    { name: 'cat', fileId: dog.fileId },
    { name: 'dog', fileId: dog.fileId, description: dog.description },
    { name: 'cat', fileId: cat.fileId },
  ];
  const many = (announce: boolean) => () =>
    scene.call(anna, 'shareFiles', { groupId: 'g', files, announce });
  const changed = { type: 'files-changed', groupId: 'g' };
  t.same(await scene.effectsOf(many(false)), [changed]);
  t.same(await scene.effectsOf(many(true)), [
    { type: 'offer-begun', deviceId, groupId: 'g', fileId: dog.fileId },
    { type: 'offer-begun', deviceId, ...inG },
  ]);
  const stop = (name: string) => () => scene.call(anna, 'stopShare', { groupId: 'g', name });
  await scene.call(anna, 'shareFile', { ...share, name: 'again' });
  t.same(await scene.effectsOf(stop('again')), [changed], 'it is still shared as cat');
  await scene.call(ben, 'shareFile', share);
  t.same(await scene.effectsOf(stop('cat')), [{ type: 'offer-ended', deviceId, ...inG }, changed]);
  t.same(await scene.effectsOf(stop('dog')), [
    { type: 'content-gone', groupId: 'g', fileId: dog.fileId },
    changed,
  ]);
});

function codeOf(error: unknown): unknown {
  return error instanceof TrackerError ? error.code : error;
}
