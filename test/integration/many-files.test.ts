import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { CommandContext } from '../../src/main/cli/command.js';
import { run as download } from '../../src/main/commands/download.js';
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
    servingDeviceId: deviceId,
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
  readonly results: { value: unknown; lines: readonly string[] }[] = [];
  readonly notes: string[] = [];
  details: string[] = [];

  list(): void {
    throw new Error('no list was expected');
  }

  result(value: unknown, lines: readonly string[]): void {
    this.results.push({ value, lines });
  }

  note(line: string): void {
    this.notes.push(line);
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
  const failures = [{ name: 'file 5', code: 'DESTINATION_EXISTS' }];
  t.match(first.out.results, [
    { value: { files: 12, downloaded: 10, already: 1, skipped: 0, failed: 1, failures } },
  ]);
  t.match(first.out.results[0]!.lines, [
    /^downloaded 10 of 12 files, .*, 1 there already, 1 failed$/,
  ]);
  t.match(first.out.notes, [/^error: file 5: .* exists already/]);
  t.equal(first.out.details.at(-1), '10 of 12 files');

  const second = contextOf(bob);
  await download(second, { ...all, options: { all: true, overwrite: true } });
  t.match(second.out.results, [{ value: { downloaded: 1, already: 11, failed: 0 } }]);
  for (const name of names) t.ok((await bob.read(`all/${name}`)).equals(bytesOf(name)), name);
  t.same((await readdir(folder)).sort(), [...names].sort(), 'no part file is left');
  for (const row of await ann.engine.listFiles(GROUP)) t.equal(row.sources, 2, row.name);
});

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
  t.match(context.out.results, [{ value: { files: 2, downloaded: 2, failed: 0 } }]);
  await bob.download('.npmrc', { destination: folder });
  t.ok((await bob.read('all/.npmrc')).equals(sampleBytes(100, '.npmrc')), 'by its name it comes');
});

t.test('upload of several files skips folders and names what failed', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const paths = ['a', 'b', 'folder', 'missing', 'c'].map((name) => ann.path(name));
  for (const name of ['a', 'b', 'c']) await writeFile(ann.path(name), sampleBytes(100, name));
  await mkdir(ann.path('folder'));
  const context = contextOf(ann);
  const given = { args: { file: paths[0]!, group: GROUP }, further: paths.slice(1) };
  await t.rejects(upload(context, { ...given, options: {} }), { code: 'FILE_NOT_FOUND' });
  t.match(context.out.results, [{ value: { files: 5, shared: 3, skipped: 1, failed: 1 } }]);
  t.same(context.out.notes.map((line) => line.slice(0, 14)).sort(), [
    'error: missing',
    'skipped folder',
  ]);
  const rows = await ann.engine.listFiles(GROUP);
  t.same(
    rows.map(({ name, sources }) => [name, sources]),
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ],
  );
  await t.rejects(upload(contextOf(ann), { ...given, options: { as: 'x' } }), {
    code: 'BAD_ARGUMENT',
  });
});
