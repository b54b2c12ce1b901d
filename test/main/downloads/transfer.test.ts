/** The fetching of one download by itself; how one is fetched as a whole is in download.test.ts. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FIRST_TURN } from '../../../src/main/home/download-turn.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { CancelledError, StorageError } from '../../../src/net/errors.js';
import { DOWNLOAD_TICK_MS, REPLACED_SILENCE_MS } from '../../../src/net/limits.js';
import { PartFile } from '../../../src/main/disk/part-file.js';
import { DownloadClock } from '../../../src/main/downloads/download-clock.js';
import { downloadKindOf } from '../../../src/main/downloads/download-request.js';
import { Transfer } from '../../../src/main/downloads/transfer.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { fakeDownloadOwners } from '../../fixtures/fake-download-owners.js';
import { readyWith } from '../../fixtures/fake-peer-connections.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { bitsOf } from '../swarm/fake-swarm.js';
import { testFolder } from '../../fixtures/test-folder.js';

const { description, content } = describedBytes(3);
const [ann, bob] = [onlinePeer('ann'), onlinePeer('bob')];

/** A transfer of `film`, of which these pieces are there and which ann had at first. */
async function scene(t: Test, verified: readonly number[] = [], timeoutMs = 0) {
  const time = numberClock(t);
  const path = join(testFolder(t), 'film');
  const place = { path, partPath: `${path}.part`, overwrite: false };
  const part = await PartFile.open({
    ...place,
    size: content.length,
    isOneWrite: false,
    isResumed: false,
    mayBePlaced: false,
    onMoved: async () => undefined,
  });
  t.teardown(() => part.release());
  const { owners, ...around } = fakeDownloadOwners();
  const { connections, watches } = around;
  const request = {
    ...{ id: 'id', groupId: 'group', fileName: 'film', fileId: 'film', description, ...place },
    kind: downloadKindOf(description.layout),
    timeoutMs,
    turn: FIRST_TURN,
    firstPeers: [ann],
    isAgain: false,
    left: undefined,
  };
  const bits = bitsOf(3, verified);
  const ticks: number[] = [];
  const clock = new DownloadClock();
  clock.onStarted(time.nowMs);
  const onTick = (): void => void ticks.push(time.nowMs);
  const { log } = around;
  const keeper = {
    keptBytes: 7,
    onVerified: (pieces: readonly number[]) => log.note(`verified ${pieces.join()}`),
    onActivity: () => log.note('active film'),
    onTick: () => undefined,
  };
  const transfer = new Transfer({
    request,
    part,
    keeper,
    verified: bits,
    clock,
    onTick,
    ...owners,
  });
  const stopping = new AbortController();
  const run = (): Promise<void> => transfer.run(stopping.signal);
  return {
    ...around,
    time,
    sessions: connections.sessions,
    watches,
    transfer,
    stopping,
    run,
    ticks,
  };
}

const enough = new CancelledError('enough');

t.test('one that is stopped before it runs has asked nobody', async (t) => {
  const { transfer, log, time } = await scene(t, [0, 1]);
  t.notOk(transfer.isComplete);
  const verified = 2 * description.layout.pieceLength;
  t.same(transfer.tally, { verified, kept: 7, fetched: 0, peers: [] });
  transfer.stop();
  t.same(log.lines, ['stopped film']);
  t.equal(time.timerCount, 0);
});

t.test('one that has everything says so', async (t) => {
  const { transfer } = await scene(t, [0, 1, 2]);
  t.ok(transfer.isComplete);
});

t.test('one that is run after it was stopped dials nobody', async (t) => {
  const { run, stopping, sessions, log, time } = await scene(t, [0]);
  stopping.abort(enough);
  await t.rejects(run(), enough);
  t.same(sessions, []);
  t.same(log.lines, ['growing film']);
  t.equal(time.timerCount, 0);
});

t.test('it ends when its last session has, and hears nobody afterwards', async (t) => {
  const { run, stopping, sessions, log, transfer, ticks, time } = await scene(t);
  const ended: string[] = [];
  const running = run().catch(() => ended.push('ended'));
  const [session] = sessions;
  session!.onPosted = undefined;
  session?.say(readyWith(Bitfield.full(3)));
  await session?.told('fetch');
  stopping.abort(enough);
  await session?.told('release');
  t.same(ended, [], 'the session still knows the file');
  session?.say({ type: 'verified', pieces: [1] });
  session?.say({ type: 'ended', error: undefined });
  session?.settle();
  await running;
  t.same(log.of('verified'), ['verified 1'], 'what came on the way out counts');
  t.same(log.of('active'), ['active film'], 'it may write once a peer is ready');
  const before = ticks.length;
  time.pass(10 * DOWNLOAD_TICK_MS);
  t.equal(ticks.length, before);
  t.equal(time.timerCount, 0);
  t.match(transfer.tally, { verified: description.layout.pieceLength });
});

t.test('the disk that fails ends it as what it is', async (t) => {
  const { run, sessions } = await scene(t);
  const ended = t.rejects(run(), { code: 'DISK_FULL', constructor: StorageError });
  const error = { code: 'DISK_FULL', message: 'no room' } as const;
  sessions[0]?.say({ type: 'storage-failed', error });
  await ended;
});

t.test('a process without descriptors ends it, unless another connection goes on', async (t) => {
  const error = { code: 'SYSTEM_LIMIT', message: 'too many files are open' } as const;
  const { run, sessions } = await scene(t);
  const ended = t.rejects(run(), error);
  sessions[0]?.say({ type: 'not-dialled', error });
  await ended;

  const busy = await scene(t);
  const stopped = t.rejects(busy.run(), enough);
  busy.sessions[0]?.say(readyWith(Bitfield.full(3)));
  busy.sessions[0]?.say({ type: 'not-dialled', error });
  busy.stopping.abort(enough);
  await stopped;
});

t.test('it tells how far it is, and watches only when it takes its time', async (t) => {
  const { run, stopping, log, ticks, time } = await scene(t);
  const ended = t.rejects(run(), enough);
  t.same(log.of('watch'), []);
  const startedMs = time.nowMs;
  time.pass(2 * DOWNLOAD_TICK_MS);
  t.same(ticks, [startedMs + DOWNLOAD_TICK_MS, startedMs + 2 * DOWNLOAD_TICK_MS]);
  t.same(log.of('watch'), ['watch film'], 'once');
  stopping.abort(enough);
  await ended;
  t.same(log.of('unwatch'), ['unwatch film']);
});

t.test(
  'the first answer about all says who of the first peers is gone, later ones do not',
  async (t) => {
    const { run, stopping, transfer, sessions, time } = await scene(t);
    const ended = t.rejects(run(), enough);
    transfer.onAllPeers([bob]);
    transfer.onAllPeers([]);
    for (const session of sessions) {
      session.say({ type: 'ended', error: { code: 'CONNECTION_LOST', message: 'gone' } });
      session.settle();
    }
    time.pass(60_000);
    t.same(
      sessions.map(({ peer }) => peer.deviceId),
      ['ann', 'bob', 'bob'],
    );
    stopping.abort(enough);
    await ended;
  },
);

t.test('one whose file has a newer version ends when nobody delivers any more', async (t) => {
  const cases: [timeoutMs: number, patienceMs: number][] = [
    [0, REPLACED_SILENCE_MS],
    [5_000, 5_000],
    [2 * REPLACED_SILENCE_MS, REPLACED_SILENCE_MS],
  ];
  for (const [timeoutMs, patienceMs] of cases) {
    await t.test(`timeout ${timeoutMs}`, async (t) => {
      const { run, transfer, sessions, time, ticks } = await scene(t, [], timeoutMs);
      const ended = t.rejects(run(), {
        code: 'REPLACED',
        message:
          'film has a newer version, shared by ann, and nobody delivers the older one any more; download film again to take the newer one',
      });
      const [session] = sessions;
      session!.onPosted = undefined;
      session?.say(readyWith(Bitfield.full(3)));
      await session?.told('fetch');
      time.pass(patienceMs / 2);
      session?.say({ type: 'verified', pieces: [1] });
      transfer.onReplaced('ann');
      time.pass(patienceMs);
      const before = ticks.length;
      t.ok(before > 0, 'it has waited since the last byte');
      time.pass(2 * DOWNLOAD_TICK_MS);
      t.equal(ticks.length, before);
      for (const session of sessions) {
        session.say({ type: 'ended', error: undefined });
        session.settle();
      }
      await ended;
    });
  }
});
