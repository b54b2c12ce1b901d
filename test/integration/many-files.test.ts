import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { EngineApi } from '../../src/main/api/engine-api.js';
import type { CommandContext } from '../../src/main/cli/command.js';
import { run as download } from '../../src/main/commands/download.js';
import type { TransferAnswer } from '../../src/main/commands/transfer-answer.js';
import { run as upload } from '../../src/main/commands/upload.js';
import type { Output } from '../../src/main/terminal/output.js';
import { KiB } from '../../src/net/limits.js';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { dialServing } from '../fixtures/fake-dialler.js';
import { FakePeer, type Manners } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const content = sampleBytes(64 * KiB);

/** `fake` alone serves the file; `bob` downloads it as often as he likes. */
async function scene(t: Test, transport: PeerTransport, manners: Manners = {}) {
  const swarm = await startSwarm(t, { transport });
  const ann = await swarm.client('ann', { isServing: false });
  const { fileId } = await ann.share('film.mkv', content);
  const member = await swarm.member('fake');
  const fake = new FakePeer({ member, transport, content, fileId, manners });
  swarm.closeLater(fake);
  await fake.start();
  const bob = await swarm.client('bob');
  const fetch = async (copy: string): Promise<void> => {
    await bob.download('film.mkv', { destination: bob.path(copy) });
    t.ok((await bob.read(copy)).equals(content), copy);
    // The next copy would else be made from this one.
    await bob.engine.stopShare(GROUP, 'film.mkv');
  };
  return { fake, fetch };
}

for (const transport of ['tls', 'tcp'] as const) {
  t.test(`one connection serves one file after another over ${transport}`, async (t) => {
    const { fake, fetch } = await scene(t, transport);
    for (const copy of ['one', 'two', 'three']) await fetch(copy);
    t.equal(fake.connectionCount, 1);
    const files = fake.received.filter(({ type }) => type === 'open' || type === 'close');
    t.match(files.slice(0, 5), [
      { type: 'open', fileRef: 0 },
      { type: 'close', fileRef: 0 },
      { type: 'open', fileRef: 1 },
      { type: 'close', fileRef: 1 },
      { type: 'open', fileRef: 2 },
    ]);
  });

  t.test(`a peer that hangs up between files is dialled again over ${transport}`, async (t) => {
    const { fake, fetch } = await scene(t, transport);
    await fetch('one');
    for (const { socket } of fake.connections) socket.destroy();
    await fetch('two');
    t.equal(fake.connectionCount, 2);
  });
}

t.test('a peer that hangs up at the second file costs only the connection', async (t) => {
  const { fake, fetch } = await scene(t, 'tls', {
    onOpen: (connection, fileRef) => {
      if (fileRef === 0) connection.sendOpened(fileRef);
      else connection.socket.destroy();
    },
  });
  await fetch('one');
  await fetch('two');
  t.equal(fake.connectionCount, 2);
});

t.test('real clients keep one session for several files', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  for (const name of ['a', 'b']) await ann.share(name, sampleBytes(64 * KiB, name));
  for (const name of ['a', 'b']) {
    await bob.download(name);
    t.equal((await ann.engine.status()).uploadSessions, 1, name);
  }
});

t.test('a removed member loses a connection without a file as well', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share('film.mkv', content);
  const mallory = await swarm.member('mallory');
  const { deviceId, listening } = await ann.engine.status();
  const dialler = await dialServing({
    address: listening!,
    transport: 'tls',
    credentials: mallory.credentials,
    servingDeviceId: deviceId!,
  });
  swarm.closeLater({ close: async () => dialler.close() });
  await dialler.greet(await mallory.ticket(GROUP));
  dialler.send({ type: 'open', fileRef: 0, fileId });
  await dialler.stream.nextOf('opened');
  dialler.send({ type: 'close', fileRef: 0 });
  await ann.engine.kick(GROUP, 'mallory');
  t.match(await dialler.stream.nextOf('error'), { code: 'REVOKED' });
  while ((await ann.engine.status()).uploadSessions > 0) await nextTurn();
});

/** What a command said. */
class Recorder implements Output {
  /** What programs are told is kept beside what people are. */
  readonly isJson = true;
  readonly results: { value: unknown; lines: readonly string[] }[] = [];
  readonly notes: string[] = [];
  details: string[] = [];

  list(): void {
    throw new Error('no list was expected');
  }

  pages(): never {
    throw new Error('no list was expected');
  }

  result(value: unknown, lines: readonly string[]): void {
    this.results.push({ value, lines });
  }

  ready(): void {
    throw new Error('no process stays');
  }

  overview(): void {
    throw new Error('no overview was expected');
  }

  live(): boolean {
    throw new Error('nothing was to be watched');
  }

  records(): void {
    throw new Error('no records were expected');
  }

  note(line: string): void {
    this.notes.push(line);
  }

  failure(line: string): void {
    this.notes.push(line);
  }

  event(): void {
    throw new Error('nobody listens to events');
  }

  progress(view: Parameters<Output['progress']>[0]): void {
    if (view) this.details.push(view.detail);
  }
}

function contextOf({ engine }: SwarmClient): CommandContext & { out: Recorder } {
  const { signal } = new AbortController();
  return { engine, out: new Recorder(), signal, isEngineStaying: true, isEngineHere: true };
}

t.test('download --all fetches what is missing and goes on after failures', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const names = Array.from({ length: 12 }, (_, index) => `file ${index}`);
  // The last one has several pieces.
  const bytesOf = (name: string): Buffer =>
    sampleBytes(name === 'file 11' ? 700 * KiB : 64 * KiB, name);
  for (const name of names) await ann.share(name, bytesOf(name));
  const folder = bob.path('all');
  await mkdir(folder);
  await bob.download('file 3', { destination: folder });
  await writeFile(bob.path('all/file 5'), 'something else');
  const all = { args: { group: GROUP, destination: folder }, options: { all: true } };

  const first = contextOf(bob);
  await t.rejects(download(first, all), { code: 'DESTINATION_EXISTS' });
  const failures = [{ fileName: 'file 5', code: 'DESTINATION_EXISTS' }];
  t.match(first.out.results, [
    { value: { counts: { done: 10, already: 1, failed: 1 }, failures, isComplete: true } },
  ]);
  t.match(first.out.results[0]!.lines, [
    /^downloaded 10 of 12 files, .*, 1 there already, 1 failed$/,
  ]);
  t.match(first.out.notes, [/^error: file 5: .* exists already/]);
  t.equal(first.out.details.at(-1), '12 of 12 files', 'what was there already counts');

  const second = contextOf(bob);
  await download(second, { ...all, options: { all: true, overwrite: true } });
  t.match(second.out.results, [{ value: { counts: { done: 1, already: 11, failed: 0 } } }]);
  for (const name of names) t.ok((await bob.read(`all/${name}`)).equals(bytesOf(name)), name);
  t.same((await readdir(folder)).sort(), [...names].sort(), 'no part file is left');
  for (const row of await ann.engine.listFiles(GROUP)) t.equal(row.sources, 2, row.name);
});

t.test('download --all takes newer versions and keeps the older ones beside them', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  const bytesOf = (version: string): Buffer => sampleBytes(700 * KiB, version);
  for (const name of ['a', 'b', 'c']) await ann.share(name, bytesOf(`first ${name}`));
  const all = async (folder: string, options = {}) => {
    const context = contextOf(bob);
    const args = { group: GROUP, destination: bob.path(folder) };
    await download(context, { args, options: { all: true, ...options } });
    const value = context.out.results[0]?.value as { counts: TransferAnswer['counts'] };
    return { ...value.counts, notes: context.out.notes };
  };
  for (const folder of ['one', 'two']) {
    await mkdir(bob.path(folder));
    t.match(await all(folder), { done: 3, already: 0 }, folder);
    t.match(await all(folder), { done: 0, already: 3, notes: [] }, `${folder}, again`);
  }
  await ann.share('a', bytesOf('second a'), { replace: true });
  await ann.share('b', bytesOf('second b').subarray(1), { replace: true });
  const notes = [
    'a has a newer version; the older one is a~1',
    'b has a newer version; the older one is b~1',
  ];
  for (const folder of ['one', 'two']) {
    const second = await all(folder);
    t.match(second, { done: 2, already: 1 }, folder);
    t.same(second.notes.sort(), notes);
    t.ok((await bob.read(`${folder}/a`)).equals(bytesOf('second a')));
    t.ok((await bob.read(`${folder}/a~1`)).equals(bytesOf('first a')));
    t.ok((await bob.read(`${folder}/b~1`)).equals(bytesOf('first b')));
    t.same((await readdir(bob.path(folder))).sort(), ['a', 'a~1', 'b', 'b~1', 'c']);
  }
  t.match(await bob.engine.status(), { sharedFiles: 3 }, 'the older ones are served no more');
  t.same(
    bob.lines.filter((line) => line.includes('no longer served')),
    [],
  );
  await ann.share('a', bytesOf('third a'), { replace: true });
  t.match(await all('one', { overwrite: true }), { done: 1, already: 2, notes: [] });
  t.same((await readdir(bob.path('one'))).sort(), ['a', 'a~1', 'b', 'b~1', 'c']);
});

t.test('--skip-existing leaves what is there, and takes the rest', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  for (const name of ['a', 'b', 'c']) await ann.share(name, sampleBytes(64 * KiB, name));
  await mkdir(bob.path('here/b'), { recursive: true });
  await writeFile(bob.path('here/a'), 'mine');
  const run = async (args: Record<string, string>, options = {}) => {
    const context = contextOf(bob);
    const destination = bob.path('here');
    const given = { args: { group: GROUP, destination, ...args } };
    await download(context, { ...given, options: { 'skip-existing': true, ...options } });
    return context.out.results[0]?.value as Pick<TransferAnswer['value'], 'counts' | 'files'>;
  };
  t.match(await run({}, { all: true }), { counts: { done: 1, already: 2, failed: 0 } });
  t.equal((await bob.read('here/a')).toString(), 'mine');
  t.same((await readdir(bob.path('here'))).sort(), ['a', 'b', 'c']);
  const one = { fileName: 'a', outcome: 'skipped', size: 4, path: bob.path('here/a') };
  t.match(await run({ file: 'a' }), { files: [one], counts: { done: 0, already: 1 } });
  t.match(await run({ file: 'a', destination: bob.path('here/a') }), { files: [one] });
  t.match(await run({ file: 'b' }), { files: [{ outcome: 'skipped', size: 0 }] }, 'a folder too');
  t.match(await run({ file: 'a', destination: bob.path('there') }), { counts: { done: 1 } });
  await t.rejects(run({ file: 'a' }, { overwrite: true }), /contradict each other/);
  await t.rejects(run({ file: 'a', destination: '-' }), /standard output has none/);
});

t.test('what came by itself between two questions is there already', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  for (const name of ['one', 'two']) await ann.share(name, sampleBytes(64 * KiB, name));
  await mkdir(bob.path('here'));
  const context = contextOf(bob);
  // Another download of the same to the same place ends just before this one is accepted.
  const startDownload: EngineApi['startDownload'] = async (request) => {
    await bob.download(request.fileName, { destination: request.destination });
    return bob.engine.startDownload(request);
  };
  const engine = new Proxy<EngineApi>(bob.engine, {
    get: (real, name: keyof EngineApi) =>
      name === 'startDownload' ? startDownload : (real[name] as () => unknown).bind(real),
  });
  const args = { group: GROUP, file: 'one', destination: bob.path('here') };
  await download({ ...context, engine }, { args, options: {} });
  const all = { group: GROUP, destination: bob.path('here') };
  await download({ ...context, engine }, { args: all, options: { all: true } });
  t.match(context.out.results, [
    { value: { files: [{ outcome: 'already-there' }] } },
    { value: { counts: { done: 0, already: 2, failed: 0 } } },
  ]);
});

t.test('a file that is there already, byte by byte, is no error', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('film', sampleBytes(700 * KiB));
  await mkdir(bob.path('here'));
  await writeFile(bob.path('here/copy'), sampleBytes(700 * KiB));
  await bob.download('film', { destination: bob.path('here') });
  for (const place of ['here', 'here/film', 'here/copy']) {
    const context = contextOf(bob);
    const args = { group: GROUP, file: 'film', destination: bob.path(place) };
    await download(context, { args, options: {} });
    const files = [{ fileName: 'film', outcome: 'already-there' }];
    t.match(context.out.results, [{ value: { files } }], place);
    t.match(context.out.results[0]!.lines, [/^film is there already: \//]);
  }
  await writeFile(bob.path('here/copy'), sampleBytes(700 * KiB, 'other'));
  const args = { group: GROUP, file: 'film', destination: bob.path('here/copy') };
  await t.rejects(download(contextOf(bob), { args, options: {} }), { code: 'DESTINATION_EXISTS' });
  t.ok((await bob.read('here/copy')).equals(sampleBytes(700 * KiB, 'other')));
});

t.test(
  'download takes several names and patterns, and goes on where one means nothing',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    const bob = await swarm.client('bob');
    for (const name of ['a.dat', 'b.dat', 'c.txt']) await ann.share(name, sampleBytes(100, name));
    await mkdir(bob.path('folder'));
    const words = (file: string, ...further: string[]) => ({
      args: { group: GROUP, file, destination: bob.path('folder') },
      ...(further.length === 0 ? {} : { further }),
      options: {},
    });
    const context = contextOf(bob);
    await t.rejects(download(context, words('x*', 'b.dat', 'c.txt')), { code: 'NO_SUCH_FILE' });
    t.match(context.out.results, [{ value: { counts: { done: 2, failed: 1 } } }]);
    t.same(context.out.notes, [`error: x*: no file of ${GROUP} matches "x*"`]);
    await t.rejects(download(contextOf(bob), words('x*')), {
      code: 'NO_SUCH_FILE',
      message: `no file of ${GROUP} matches "x*"`,
    });
    const pattern = contextOf(bob);
    await download(pattern, words('*.dat'));
    t.match(pattern.out.results, [{ value: { counts: { done: 1, already: 1, failed: 0 } } }]);
    t.same((await readdir(bob.path('folder'))).sort(), ['a.dat', 'b.dat', 'c.txt']);
    const nothing = contextOf(bob);
    await t.rejects(download(nothing, words('*.mkv')), { code: 'NO_SUCH_FILE' });
    await t.rejects(
      download(nothing, {
        ...words('a.dat', 'b.dat'),
        args: { ...words('a.dat').args, destination: bob.path('none') },
      }),
      { code: 'NO_DESTINATION' },
      'several files need a folder',
    );
    t.same(nothing.out.results, []);
  },
);

t.test('download --all leaves out files whose name begins with a dot, and says so', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const hidden = ['.bashrc', '.envrc', '.gitconfig', '.npmrc', '.profile', '.zshrc'];
  const plain = ['a.bashrc', 'film'];
  for (const name of [...hidden, ...plain]) await ann.share(name, sampleBytes(100, name));
  const folder = bob.path('all');
  await mkdir(folder);
  const context = contextOf(bob);
  const args = { group: GROUP, destination: folder };
  await download(context, { args, options: { all: true } });
  t.same((await readdir(folder)).sort(), plain);
  t.match(context.out.notes, [/^left out, .*: \.bashrc, \.envrc, .* and others; download each/]);
  t.match(context.out.results, [{ value: { counts: { done: 2, failed: 0 } } }]);
  await bob.download('.npmrc', { destination: folder });
  t.ok((await bob.read('all/.npmrc')).equals(sampleBytes(100, '.npmrc')), 'by its name it comes');
});

t.test('upload of several files and folders names what failed', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const paths = ['a', 'b', 'folder', 'missing', 'c'].map((name) => ann.path(name));
  for (const name of ['a', 'b', 'c']) await writeFile(ann.path(name), sampleBytes(100, name));
  await mkdir(ann.path('folder'));
  await writeFile(ann.path('folder/d'), sampleBytes(100, 'd'));
  const context = contextOf(ann);
  const given = { args: { file: paths[0]!, group: GROUP }, further: paths.slice(1) };
  await t.rejects(upload(context, { ...given, options: {} }), { code: 'FILE_NOT_FOUND' });
  t.match(context.out.results, [{ value: { counts: { done: 4, failed: 1 } } }]);
  t.same(context.out.notes.map((line) => line.slice(0, 14)).sort(), ['error: missing']);
  const rows = await ann.engine.listFiles(GROUP);
  t.same(
    rows.map(({ name, sources }) => [name, sources]),
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['folder', 1],
    ],
  );
  await t.rejects(upload(contextOf(ann), { ...given, options: { as: 'x' } }), {
    code: 'BAD_ARGUMENT',
  });
});
