import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { apiMethods } from '../../../src/main/api/api-methods.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { ownVersion } from '../../../src/net/own-version.js';
import { API_VERSION, PROTOCOL_VERSION, type EngineApi } from '../../../src/main/api/engine-api.js';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import { askHolder } from '../../../src/main/control/holder.js';
import { RemoteEngine } from '../../../src/main/control/remote-engine.js';
import type { Home } from '../../../src/main/home/home.js';
import { deferred, leaveToWaiters } from '../../../src/net/deferred.js';
import { untilAborted } from '../../../src/net/until-aborted.js';
import { CancelledError } from '../../../src/net/errors.js';
import { MAX_CONTROL_CALLS } from '../../../src/net/limits.js';
import { FakeEngine } from '../fake-engine.js';
import {
  noSignal,
  RawCaller,
  serveEngine,
  serveHome,
  fakeEngine,
  startImpostor,
  type Served,
} from './control-fixture.js';

const hello = { jsonrpc: '2.0', id: 0, method: 'hello', params: { version: API_VERSION } };
const film = {
  groupId: 'g1',
  fileName: 'film',
  destination: '/got',
  overwrite: true,
  timeoutMs: 0,
};
const endless = { ...film, fileName: 'endless' };
const interrupted = new CancelledError('interrupted', 'INTERRUPTED');

/** One call of each method; what it answers is compared with the engine itself. */
const calls: Record<keyof typeof apiMethods, (engine: EngineApi) => Promise<unknown>> = {
  createUser: (engine) => engine.createUser({ userId: 'carol', password: 'pw' }),
  login: (engine) =>
    engine.login({ tracker: { host: '::1', port: 8000 }, userId: 'bob', password: 'pw' }),
  changePassword: (engine) => engine.changePassword({ oldPassword: 'a', newPassword: 'b' }),
  devices: (engine) => engine.devices(),
  logoutDevice: async (engine) => {
    await engine.logoutDevice('ab'.repeat(32));
    await engine.logoutDevice(undefined);
  },
  whoami: (engine) => engine.whoami(),
  createGroup: (engine) => engine.createGroup('g1'),
  joinGroup: (engine) => engine.joinGroup('g1'),
  leaveGroup: (engine) => engine.leaveGroup('g1'),
  listRequests: (engine) => engine.listRequests('g1'),
  acceptRequest: (engine) => engine.acceptRequest('g1', 'bob'),
  rejectRequest: (engine) => engine.rejectRequest('g1', 'bob'),
  search: (engine) => engine.search({ words: ['film'], groupIds: ['g1'], minSize: 3 }),
  history: (engine) => engine.history('g1'),
  verifyHistory: (engine) => engine.verifyHistory('g1'),
  createInvite: (engine) => engine.createInvite({ groupId: 'g1', uses: 2, lifetimeMs: 1_000 }),
  invites: (engine) => engine.invites('g1'),
  revokeInvite: (engine) => engine.revokeInvite('g1', 'ab12'),
  createGuestLink: (engine) =>
    engine.createGuestLink({ groupId: 'g1', fileName: 'film.mkv', lifetimeMs: 1_000 }),
  guestLinks: async (engine) => {
    await engine.guestLinks(undefined);
    return engine.guestLinks('g1');
  },
  revokeGuestLink: (engine) => engine.revokeGuestLink('ab12'),
  joinByInvite: (engine) =>
    engine.joinByInvite({
      tracker: { host: '::1', port: 8000 },
      expected: { how: 'key', deviceId: 'ef'.repeat(32) },
      groupId: 'g1',
      secret: 's',
      userIds: ['bob', 'bob-pc'],
    }),
  enter: (engine) =>
    engine.enter({
      tracker: { host: '::1', port: 8000 },
      expected: { how: 'authority' },
      userIds: ['bob'],
    }),
  loginByKey: (engine) => engine.loginByKey({ userId: 'bob' }),
  kick: (engine) => engine.kick('g1', 'bob'),
  transferOwner: (engine) => engine.transferOwner('g1', 'bob'),
  setRole: (engine) => engine.setRole('g1', 'bob', 'admin'),
  ban: (engine) => engine.ban('g1', 'bob'),
  unban: (engine) => engine.unban('g1', 'bob'),
  bans: (engine) => engine.bans('g1'),
  listMembers: (engine) => engine.listMembers('g1'),
  listGroups: (engine) => engine.listGroups(),
  describeGroups: (engine) => engine.describeGroups(),
  listFiles: (engine) => engine.listFiles('g1'),
  listFolder: (engine) =>
    engine.listFolder({
      ...{ groupId: 'g1', fileName: 'album' },
      ...{ inside: 'a/b', from: { fileId: 'f', place: 7 } },
    }),
  upload: (engine) =>
    engine.upload({ path: '/x', groupId: 'g1', as: 'y', sha256: true }, () => undefined),
  sync: (engine) =>
    engine.sync({ groupId: 'g1', folder: '/f', isOnce: true, timeoutMs: 0 }, () => undefined),
  followFiles: (engine) => engine.followFiles({ groupId: 'g1' }, () => undefined),
  verify: (engine) =>
    engine.verify({ groupId: 'g1', fileName: 'broken', isRepairing: true }, () => undefined),
  stopShare: (engine) => engine.stopShare('g1', 'film'),
  stopShares: (engine) => engine.stopShares({ groupId: 'g1', fileNames: ['film', 'song'] }),
  shares: async (engine) => [await engine.shares(undefined), await engine.shares('g1')],
  startDownload: (engine) => engine.startDownload(film),
  waitForDownload: (engine) => engine.waitForDownload('1', () => undefined),
  cancelDownload: (engine) => engine.cancelDownload('1'),
  fileAt: (engine) => engine.fileAt({ groupId: 'g1', fileName: 'f', path: '/file 7' }),
  pauseDownloads: (engine) => engine.pauseDownloads({ groupId: 'g1', fileName: 'film' }),
  resumeDownloads: (engine) => engine.resumeDownloads({ id: 'abcd', timeoutMs: 0 }),
  limits: (engine) => engine.limits(),
  changeLimit: (engine) =>
    engine.changeLimit({ scope: { kind: 'group', groupId: 'g1' }, up: 'none', down: 7 }),
  moveDownloads: async (engine) => [
    await engine.moveDownloads({ groupId: 'g1', to: 'first' }),
    await engine.moveDownloads({ id: 'abcd', to: 3 }),
  ],
  cancelDownloads: (engine) => engine.cancelDownloads({ id: 'abcd', keepsPart: true }),
  forgetDownloads: (engine) =>
    engine.forgetDownloads({ groupId: 'g1', onlyComplete: false, keepsPart: false }),
  downloads: (engine) => engine.downloads(),
  hashAhead: (engine) =>
    engine.hashAhead({ path: '/home/spool/x', pieceLength: 4, firstPiece: 0, pieceCount: 2 }),
  downloadPieces: (engine) => engine.downloadPieces('1'),
  status: (engine) => engine.status(),
  checkNetwork: (engine) => engine.checkNetwork(),
  discardDownload: (engine) => engine.discardDownload('d1'),
  lookAtMachine: (engine) => engine.lookAtMachine('/downloads'),
  logout: (engine) => engine.logout(),
};

/** What is left of a value on its way through JSON; `undefined` alone is nothing. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

/** An engine whose uploads never end and remember their signals. */
class HeldEngine extends FakeEngine {
  readonly signals: AbortSignal[] = [];
  onUpload: () => void = () => undefined;

  override upload(request: Parameters<EngineApi['upload']>[0]): ReturnType<EngineApi['upload']> {
    this.signals.push(request.signal!);
    this.onUpload();
    return new Promise(() => undefined);
  }
}

function serveHeld(t: Test): ReturnType<typeof serveEngine<HeldEngine>> {
  const listen = { host: '127.0.0.1', port: 0 };
  return serveEngine(t, (home) => new HeldEngine({ home, listen, remember: true }));
}

/** Resolves when the engine has been asked to cancel that many downloads. */
async function cancelled(engine: FakeEngine, count: number): Promise<void> {
  const isCancel = (call: string): boolean => call.startsWith('cancelDownload');
  while (engine.calls.filter(isCancel).length < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

t.test('every method answers as the engine itself does, and reaches it', async (t) => {
  const { engine, connect } = await serveEngine(t);
  const remote = await connect();
  t.match(remote, { isEngineStaying: true, pid: process.pid });
  for (const [name, call] of Object.entries(calls)) {
    const answer = await call(remote);
    if (name !== 'startDownload') t.same(asJson(answer), asJson(await call(engine)), name);
  }
  t.same(
    engine.calls.filter((call) => call.startsWith('createUser')),
    ['createUser carol pw', 'createUser carol pw'],
  );
  t.equal(await remote.logout(), undefined);
  await t.rejects(remote.whoami(), { name: 'TrackerError', code: 'NOT_LOGGED_IN' });
});

t.test('errors arrive in their class, with their text', async (t) => {
  const { unforeseen, connect } = await serveEngine(t);
  const remote = await connect();
  const id = await remote.startDownload({ ...film, fileName: 'broken' });
  await t.rejects(
    remote.waitForDownload(id, () => undefined),
    { name: 'StorageError', code: 'DISK_FULL', message: 'the disk is full; free some' },
  );
  await t.rejects(remote.createGroup('bug'), {
    code: 'INTERNAL',
    message: new RegExp(`^internal error; the output of the client .*pid ${process.pid}`),
  });
  t.match(unforeseen, [{ message: 'bug: the fake was asked for a bug' }]);
});

t.test('progress comes with its own call, before the answer', async (t) => {
  const { connect } = await serveEngine(t);
  const remote = await connect();
  const heard: [string, unknown][] = [];
  const [one, two] = [await remote.startDownload(film), await remote.startDownload(film)];
  await Promise.all([
    remote.waitForDownload(one, ({ id }) => void heard.push(['one', id])),
    remote.waitForDownload(two, ({ id }) => void heard.push(['two', id])),
    remote.upload(
      { path: '/x', groupId: 'g1', sha256: false },
      ({ hashed }) => void heard.push(['upload', hashed]),
    ),
  ]);
  t.same(
    new Set(heard),
    new Set([
      ['one', one],
      ['two', two],
      ['upload', 1000],
    ]),
  );
});

t.test('a list of 100,000 files goes in parts', async (t) => {
  class Full extends FakeEngine {
    override async listFiles(): ReturnType<EngineApi['listFiles']> {
      const [row] = await super.listFiles();
      return Array.from({ length: 100_000 }, (_, index) => ({ ...row!, name: `𝄞 "${index}"` }));
    }
  }
  const listen = { host: '127.0.0.1', port: 0 };
  const { engine, connect } = await serveEngine(
    t,
    (home) => new Full({ home, listen, remember: true }),
  );
  t.strictSame(await (await connect()).listFiles('g1'), await engine.listFiles());
});

t.test('events come to who asked for them, until they have had enough', async (t) => {
  const { engine, connect } = await serveEngine(t);
  const [remote, other] = [await connect(), await connect()];
  const event: ClientEvent = { type: 'join-request', groupId: 'g1', userId: 'bob' };
  const heard: [ClientEvent, number][] = [];
  const stop = remote.events((event, atMs) => void heard.push([event, atMs]));
  const stopToo = remote.events(() => undefined);
  await remote.status();
  t.equal(engine.listeners.size, 1, 'asked for once');
  for (const listener of engine.listeners) listener(event, 1_795_773_600_000);
  await remote.status();
  t.same(heard, [[event, 1_795_773_600_000]]);
  stop();
  stopToo();
  await remote.status();
  t.equal(engine.listeners.size, 0);
  other.events(() => undefined);
  await other.status();
  t.equal(engine.listeners.size, 1);
  other.close();
  await once(other.ended, 'abort');
  await remote.status();
  t.equal(engine.listeners.size, 0, 'whoever hangs up hears no more');
});

t.test('an upload is taken back by its signal, and by hanging up', async (t) => {
  const { engine, connect } = await serveHeld(t);
  const remote = await connect();
  const controller = new AbortController();
  engine.onUpload = () => controller.abort(interrupted);
  const file = { path: '/x', groupId: 'g1', sha256: false };
  await t.rejects(
    remote.upload({ ...file, signal: controller.signal }, () => undefined),
    { name: 'CancelledError', code: 'INTERRUPTED' },
  );
  t.match(engine.signals[0]!.reason, { code: 'INTERRUPTED' });
  engine.onUpload = () => remote.close();
  await t.rejects(
    remote.upload(file, () => undefined),
    { code: 'CONNECTION_LOST' },
  );
  const signal = engine.signals[1]!;
  if (!signal.aborted) await once(signal, 'abort');
  t.match(signal.reason, { code: 'INTERRUPTED' });
});

t.test('whoever hangs up wants no more of what was started', async (t) => {
  const { engine, server, connect } = await serveEngine(t);
  const [waiting, starting] = [await connect(), await connect()];
  const id = await waiting.startDownload(endless);
  const wait = waiting.waitForDownload(id, () => waiting.close());
  await t.rejects(wait, { code: 'CONNECTION_LOST' });
  await cancelled(engine, 1);
  await starting.startDownload(endless);
  starting.close();
  await cancelled(engine, 2);
  await server.whenIdle();
  t.same(
    (await engine.downloads()).map(({ state }: DownloadProgress) => state),
    ['cancelled', 'downloading'],
  );
});

t.test('what was started to go on by itself goes on when its caller hangs up', async (t) => {
  const { engine, server, connect } = await serveEngine(t);
  const starting = await connect();
  const id = await starting.startDownload({ ...endless, isDetached: true });
  starting.close();
  await server.whenIdle();
  const next = await connect();
  t.match(await next.downloads(), [{ id, state: 'downloading' }]);
  const wait = next.waitForDownload(id, () => next.close());
  await t.rejects(wait, { code: 'CONNECTION_LOST' });
  await cancelled(engine, 1);
});

t.test('an engine that is stopped says so, and ends what runs for others', async (t) => {
  const { engine, server, connect } = await serveEngine(t);
  const remote = await connect();
  const stopped = { code: 'TERMINATED', message: 'the client that did the work was stopped' };
  const id = await remote.startDownload(endless);
  let close: Promise<void> | undefined;
  const wait = remote.waitForDownload(id, () => {
    close ??= server.close();
  });
  await t.rejects(wait, { name: 'CancelledError', ...stopped });
  await close;
  t.match(remote.ended.reason, stopped);
  t.same(engine.calls, [`cancelDownload ${id}`], 'what is verified is kept');
  await t.rejects(remote.status(), { code: 'CONNECTION_LOST' });
  t.equal(
    await RemoteEngine.connect({ socketPath: '/nowhere', lockPidPath: '/nowhere' }, noSignal),
    undefined,
  );
});

t.test('somebody who is connected is waited for, unless they have not said hello', async (t) => {
  const { server, socketPath, connect } = await serveEngine(t);
  const silent = new RawCaller(t, socketPath);
  await once(silent.socket, 'connect');
  await server.whenIdle();
  const remote = await connect();
  let isIdle = false;
  const idle = server.whenIdle().then(() => (isIdle = true));
  await remote.status();
  t.equal(isIdle, false);
  t.same(server.titles, ['upload film']);
  remote.close();
  await idle;
  t.same(server.titles, []);
});

t.test('who named no file is told with those that are waited for', async (t) => {
  const { server, connect } = await serveEngine(t);
  const looking = await connect('downloads');
  const named = await connect('download end*');
  t.same(await server.fullTitles(), ['downloads', 'download end*']);
  for (const remote of [looking, named]) {
    const id = await remote.startDownload(endless);
    remote.waitForDownload(id, () => undefined).catch(() => undefined);
    await remote.status();
  }
  t.same(await server.fullTitles(), ['downloads endless', 'download end*']);
  await looking.startDownload({ ...endless, fileName: 'film' });
  t.same(await server.fullTitles(), ['downloads endless and 1 more', 'download end*']);
  await looking.startDownload({ ...endless, isDetached: true });
  t.same(await server.fullTitles(), ['downloads endless and 1 more', 'download end*']);
});

t.test('an engine that is halted says so, and nobody has to wait for it then', async (t) => {
  const { server, connect } = await serveEngine(t);
  const remote = await connect();
  const told: boolean[] = [];
  const both = new Promise<void>((resolve) => {
    remote.halts((isHalted) => {
      told.push(isHalted);
      if (told.length === 2) resolve();
    });
  });
  server.tellHalted(true);
  server.tellHalted(false);
  await both;
  t.same(told, [true, false]);
  const id = await remote.startDownload(endless);
  const wait = remote.waitForDownload(id, () => remote.close(interrupted));
  await t.rejects(wait, interrupted);
  t.equal(remote.ended.reason, interrupted);
});

t.test('an engine that dies is missed', async (t) => {
  const home = await startImpostor(t, (socket) => {
    socket.write(
      `{"jsonrpc":"2.0","id":1,"result":{"version":${API_VERSION},"protocol":1,"programVersion":"","isEngineStaying":true,"pid":7}}\n`,
    );
    socket.removeAllListeners('data');
    socket.on('data', () => socket.destroy());
  });
  const remote = (await RemoteEngine.connect(home, noSignal))!;
  t.equal(remote.pid, 7);
  const lost = { code: 'CONNECTION_LOST', message: /has ended; run the command again$/ };
  await t.rejects(remote.status(), lost);
  t.match(remote.ended.reason, lost);
});

t.test('an engine that cannot be worked with', async (t) => {
  const differ = {
    code: 'BAD_REQUEST',
    message: /^the command line and the running .*update both/,
  };
  const answers = [
    // The version before this protocol, a later one, and no engine at all.
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"?","data":{"code":"BAD_REQUEST"}}}',
    `{"jsonrpc":"2.0","id":1,"result":{"version":${API_VERSION + 1},"protocol":1,"programVersion":"","isEngineStaying":true,"pid":7}}`,
    '{"jsonrpc":"2.0","id":1,"result":"hello yourself"}',
  ];
  for (const answer of answers) {
    await t.test(answer, async (t) => {
      const home = await startImpostor(t, (socket) => socket.write(`${answer}\n`));
      await t.rejects(RemoteEngine.connect(home, noSignal), differ);
    });
  }
  await t.test('it hangs up', async (t) => {
    const home = await startImpostor(t, (socket) => socket.destroy());
    t.equal(await RemoteEngine.connect(home, noSignal), undefined);
  });
  await t.test('it says nothing, and the user gives up', async (t) => {
    const controller = new AbortController();
    const home = await startImpostor(t, () => controller.abort(interrupted));
    await t.rejects(RemoteEngine.connect(home, controller.signal), interrupted);
  });
});

t.test('a caller of another version is told so, whatever it asks', async (t) => {
  const { socketPath } = await serveEngine(t);
  const message = /^the command line and the running client differ; update both/;
  const first: [string, object][] = [
    ['hello', { version: API_VERSION + 1 }],
    ['hello', {}],
    ['run', { verb: 'files', args: {}, options: {} }],
    ['status', {}],
  ];
  const caller = new RawCaller(t, socketPath);
  for (const [method, params] of first) {
    t.match(await caller.ask(method, params), {
      error: { message, data: { code: 'BAD_REQUEST' } },
    });
  }
  t.match(await caller.ask('hello', { version: API_VERSION }), {
    result: { version: API_VERSION },
  });
});

t.test('a program says by which protocol it goes', async (t) => {
  const { socketPath } = await serveEngine(t);
  const caller = new RawCaller(t, socketPath);
  t.match(await caller.ask('hello', { protocol: PROTOCOL_VERSION + 1 }), {
    error: { message: /^this client speaks protocol 1; /, data: { code: 'UNSUPPORTED_VERSION' } },
  });
  t.match(await caller.ask('status', {}), { error: { data: { code: 'BAD_REQUEST' } } });
  t.match(await caller.ask('hello', { protocol: PROTOCOL_VERSION }), {
    result: { protocol: PROTOCOL_VERSION, programVersion: ownVersion(), pid: process.pid },
  });
  t.match(await caller.ask('status', {}), { result: {} });
});

t.test('what is no call is answered so, and hurts nobody', async (t) => {
  const { socketPath } = await serveEngine(t);
  const caller = new RawCaller(t, socketPath);
  caller.send(hello);
  await caller.next();
  const lines: [string, number][] = [
    ['{', -32700],
    ['[]', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"status"}', -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"status"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"status","params":7}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"close"}', -32000],
    ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32000],
  ];
  for (const [line, code] of lines) {
    caller.send(line);
    t.match(await caller.next(), { error: { code } }, line);
  }
  // What this version does not know among notifications is left aside.
  caller.send('{"jsonrpc":"2.0","method":"cancel","params":{"call":99}}');
  caller.send('{"jsonrpc":"2.0","method":"cancel","params":{"call":{}}}');
  caller.send('{"jsonrpc":"2.0","method":"nonsense"}');
  t.match(await caller.ask('status', {}), { result: { userId: 'alice' } });
});

t.test('an id that is in use is refused, and so is one call too many', async (t) => {
  const { engine, socketPath } = await serveHeld(t);
  const caller = new RawCaller(t, socketPath);
  caller.send(hello);
  await caller.next();
  const upload = { path: '/x', groupId: 'g1', sha256: false };
  const ask = (id: number): void =>
    caller.send({ jsonrpc: '2.0', id, method: 'upload', params: upload });
  ask(1);
  ask(1);
  t.match(await caller.next(), { id: 1, error: { data: { code: 'BAD_REQUEST' } } });
  for (let id = 2; id <= MAX_CONTROL_CALLS + 1; id += 1) ask(id);
  t.match(await caller.next(), { id: MAX_CONTROL_CALLS + 1, error: { data: { code: 'BUSY' } } });
  t.equal(engine.signals.length, MAX_CONTROL_CALLS);
});

t.test('a line without end is the end', async (t) => {
  const { socketPath } = await serveEngine(t);
  const caller = new RawCaller(t, socketPath);
  caller.socket.write('x'.repeat(9 * 1024 ** 2));
  await caller.closed;
});

t.test('a caller that does not read gets less progress, and its answer all the same', async (t) => {
  const reports = 20_000;
  class Chatty extends FakeEngine {
    override async waitForDownload(
      ...[id, onProgress]: Parameters<EngineApi['waitForDownload']>
    ): ReturnType<EngineApi['waitForDownload']> {
      const [progress] = await this.downloads();
      for (let count = 0; count < reports; count += 1) onProgress(progress!);
      return super.waitForDownload(id, onProgress);
    }
  }
  const listen = { host: '127.0.0.1', port: 0 };
  const { connect, socketPath } = await serveEngine(
    t,
    (home) => new Chatty({ home, listen, remember: true }),
  );
  const id = await (await connect()).startDownload(film);
  const caller = new RawCaller(t, socketPath);
  caller.send(hello);
  await caller.next();
  let message = await caller.ask('waitForDownload', { id }, 7);
  let count = 0;
  for (; message['method'] === 'progress'; count += 1) message = await caller.next();
  t.match(message, { id: 7, result: { path: '/got' } });
  t.ok(count > 0 && count < reports / 10, `${count} reports`);
});

t.test('a stopped engine does not wait for a caller that does not read', async (t) => {
  const { socketPath, server } = await serveEngine(t);
  const caller = new RawCaller(t, socketPath);
  caller.send(hello);
  await caller.next();
  caller.socket.pause();
  for (let id = 1; id <= 100; id += 1)
    caller.send({ jsonrpc: '2.0', id, method: 'listFiles', params: { groupId: 'g1' } });
  await server.close();
  t.pass('it is closed');
});

type Row = Pick<DownloadProgress, 'id' | 'state'>;

/** An engine that finds a download in its library. */
function successor(home: Home, row: Row): FakeEngine {
  class Successor extends FakeEngine {
    override downloads(): Promise<readonly DownloadProgress[]> {
      const sizes = { size: 9, verified: 9, kept: 9, fetched: 0, bytesPerSecond: 0 };
      const file = { groupId: 'g1', fileName: 'endless', fileId: 'x', path: '/got' };
      return Promise.resolve([{ ...row, ...file, ...sizes, peers: [] }]);
    }
  }
  return new Successor({ home, listen: { host: '127.0.0.1', port: 0 }, remember: true });
}

/** Its engine closes, as one that hands over. */
async function handOver({ engine, server }: Served<FakeEngine>): Promise<void> {
  server.hold();
  server.tellMoving();
  await server.close();
  await engine.close();
}

t.test(
  'what is being shared or verified when another engine takes over begins anew there',
  async (t) => {
    const before = await serveEngine(t);
    const remote = await before.connect();
    const begun: string[] = [];
    const both = deferred<undefined>();
    const onBegun = (what: string): void => {
      begun.push(what);
      if (begun.length === 2) both.resolve(undefined);
    };
    before.engine.upload = ({ signal }) => {
      onBegun('upload');
      return untilAborted(signal!, new Promise<never>(() => undefined));
    };
    before.engine.verify = ({ signal }) => {
      onBegun('verify');
      return untilAborted(signal!, new Promise<never>(() => undefined));
    };
    const request = { path: '/film', groupId: 'g1', sha256: false };
    const uploading = remote.upload(request, () => undefined);
    const verifying = remote.verify({ groupId: 'g1', isRepairing: false }, () => undefined);
    await both.promise;
    t.equal(before.server.areDownloadsAwaited, false);
    t.equal(before.server.isWorkAwaited, true);
    await handOver(before);
    const next = await serveHome(t, before.home, fakeEngine(before.home));
    t.match(await uploading, { outcome: 'created' });
    t.match(await verifying, { files: 1 });
    t.match(next.engine.calls.sort(), [/^upload /, /^verify g1/]);
    remote.close();
  },
);

t.test('what was started before another engine took over is asked for there', async (t) => {
  const stopped: [DownloadProgress['state'], object | string][] = [
    ['complete', { path: '/got', size: 9 }],
    ['paused', 'PAUSED'],
    ['cancelled', 'CANCELLED'],
  ];
  for (const [state, outcome] of stopped) {
    await t.test(state, async (t) => {
      const before = await serveEngine(t);
      const remote = await before.connect();
      const id = await remote.startDownload(endless);
      t.equal(before.server.areDownloadsAwaited, true, 'it is about to be waited for');
      await handOver(before);
      t.same(before.engine.calls, [], 'it is not cancelled');
      const next = await serveHome(t, before.home, successor(before.home, { id, state }));
      const wait = remote.waitForDownload(id, () => undefined);
      if (typeof outcome === 'string') await t.rejects(wait, { code: outcome });
      else t.match(await wait, outcome);
      t.same(next.engine.calls, [], 'it is not begun again');
      remote.close();
    });
  }
});

t.test('who is waited for by another engine leaves what it fetches unfinished', async (t) => {
  const before = await serveEngine(t);
  const remote = await before.connect();
  const id = await remote.startDownload(endless);
  const begun = new Promise<void>((resolve) => {
    remote.waitForDownload(id, () => resolve()).catch(() => undefined);
  });
  await begun;
  await handOver(before);
  t.same(before.engine.calls, []);
});

t.test('who changes their mind while the next engine begins is heard there', async (t) => {
  const before = await serveEngine(t);
  const remote = await before.connect();
  const id = await remote.startDownload(endless);
  await handOver(before);
  const engine = successor(before.home, { id, state: 'interrupted' });
  const resume = engine.resumeDownloads.bind(engine);
  engine.resumeDownloads = async (request) => {
    await remote.cancelDownload(id);
    return resume(request);
  };
  await serveHome(t, before.home, engine);
  await t.rejects(remote.waitForDownload(id, () => undefined));
  const cancels = engine.calls.filter((call) => call === `cancelDownload ${id}`);
  t.equal(cancels.length, 2, 'also after it has begun');
});

t.test('who insisted on encryption does not go on with an engine that does not', async (t) => {
  const before = await serveEngine(t);
  const status = before.engine.status.bind(before.engine);
  before.engine.status = async () => ({
    ...(await status()),
    requiredPeerTransport: 'tls',
  });
  const remote = await before.connect();
  await remote.status();
  const id = await remote.startDownload(endless);
  await handOver(before);
  const next = await serveHome(
    t,
    before.home,
    successor(before.home, { id, state: 'interrupted' }),
  );
  await t.rejects(
    remote.waitForDownload(id, () => undefined),
    { code: 'PEERS_NOT_ENCRYPTED' },
  );
  t.match(remote.ended.reason, { code: 'PEERS_NOT_ENCRYPTED' });
  t.same(next.engine.calls, []);
});

t.test('who hangs up while no engine has taken over yet is told so', async (t) => {
  const before = await serveEngine(t);
  const remote = await before.connect();
  await remote.status();
  await handOver(before);
  const asked = t.rejects(remote.whoami(), { name: 'CancelledError', code: 'CANCELLED' });
  remote.close();
  await asked;
  t.match(remote.ended.reason, { code: 'CANCELLED' });
  await t.rejects(remote.whoami(), { code: 'CANCELLED' });
});

t.test('who hangs up while the next engine is looked at leaves no connection there', async (t) => {
  const before = await serveEngine(t);
  const status = before.engine.status.bind(before.engine);
  before.engine.status = async () => ({ ...(await status()), requiredPeerTransport: 'tls' });
  const remote = await before.connect();
  await remote.status();
  await handOver(before);
  const engine = fakeEngine(before.home);
  const [looked, letGo] = [deferred<undefined>(), deferred<undefined>()];
  engine.status = async () => {
    looked.resolve(undefined);
    await letGo.promise;
    return before.engine.status();
  };
  const { server } = await serveHome(t, before.home, engine);
  const asked = t.rejects(remote.whoami(), { code: 'CANCELLED' });
  await looked.promise;
  remote.close();
  await asked;
  letGo.resolve(undefined);
  await server.whenIdle();
});

t.test(
  'what is asked for while a hand-over begins is begun once it has come to nothing',
  async (t) => {
    const { engine, server, connect, home } = await serveEngine(t);
    const remote = await connect();
    const letIn = server.hold();
    const asked = remote.createGroup('g2');
    t.match(await askHolder(home), { isInBackground: true });
    t.same(engine.calls, []);
    letIn();
    await asked;
    t.same(engine.calls, ['createGroup g2']);
  },
);

t.test('another engine of the home goes on with what is waited for', async (t) => {
  const { engine, server, connect, home } = await serveEngine(t);
  const remote = await connect();
  let moved = 0;
  remote.moved(() => moved++);
  const heard: string[] = [];
  remote.events(({ type }) => void heard.push(type));
  const id = await remote.startDownload(endless);
  let onBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (onBegun = resolve));
  const wait = remote.waitForDownload(id, () => onBegun());
  wait.catch(() => undefined);
  await begun;
  t.equal(server.isMovable, true);
  t.equal(server.areDownloadsAwaited, true);
  server.tellMoving();
  // Asked for in between: it is asked of the next one.
  const asked = remote.createGroup('g2');
  await server.close();
  await engine.close();
  t.equal(remote.ended.aborted, false);
  t.notOk(engine.calls.includes('createGroup g2'));

  const next = await serveHome(t, home, successor(home, { id, state: 'interrupted' }));
  await asked;
  await next.server.whenUsed();
  t.equal(moved, 1);
  const isResumed = (call: string) =>
    call.startsWith('resumeDownloads') && call.includes(`"id":"${id}"`);
  while (!next.engine.calls.some(isResumed)) await remote.status();
  t.ok(next.engine.calls.includes('createGroup g2'));
  while (next.engine.listeners.size === 0) await remote.status();
  for (const listener of next.engine.listeners) listener({ type: 'logged-out' }, 0);
  await remote.status();
  t.same(heard, ['logged-out'], 'and events come from there');
  await next.server.close();
  await t.rejects(wait);
  t.equal(remote.ended.aborted, true);
});

t.test('who changes their mind meanwhile is not made to go on', async (t) => {
  const { server, engine, connect } = await serveEngine(t);
  const remote = await connect();
  const id = await remote.startDownload(endless);
  const wait = remote.waitForDownload(id, () => {
    server.tellMoving();
    leaveToWaiters(remote.cancelDownload(id).catch(() => undefined));
    leaveToWaiters(server.close());
  });
  await t.rejects(wait, { name: 'CancelledError' });
  remote.close();
  await server.close();
  await engine.close();
});
