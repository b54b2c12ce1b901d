import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { connect, SimHost, type HostRates, type Socket } from './sim-network.js';
import { VirtualClock } from './virtual-clock.js';

const RATES: HostRates = { upBytesPerSecond: 1 * MiB, downBytesPerSecond: 10 * MiB };

function scene(rates = RATES) {
  const clock = new VirtualClock();
  const server = new SimHost(clock, rates);
  const heard: string[] = [];
  const bytes = new Map<string, number>();
  const listen = (name: string, socket: Socket<string>): void =>
    socket.attach({
      onBytes: (count) => bytes.set(name, (bytes.get(name) ?? 0) + count),
      onMessage: (message) => heard.push(`${name} ${message} at ${Math.round(clock.now)}`),
      onDrain: () => {},
      onReset: () => heard.push(`${name} reset at ${Math.round(clock.now)}`),
    });
  /** Another client of the server; answers both ends. */
  const join = (name: string, latencyMs = 10) => {
    const dialler = new SimHost(clock, rates);
    const [ours, theirs] = connect<string>({ clock, dialler, server, latencyMs });
    listen(name, ours);
    listen(`${name}'s server`, theirs);
    return { ours, theirs };
  };
  return { clock, heard, bytes, join };
}

t.test('a message takes its latency and the time of its bytes', async (t) => {
  const { clock, heard, join } = scene();
  const { ours, theirs } = join('ann');
  ours.send(24, 'request');
  theirs.send(1 * MiB, 'block');
  await clock.run(5_000);
  t.match(heard, ["ann's server request at 10", /^ann block at (8|9|10)\d\d$/]);
});

t.test('messages of one connection never overtake each other', async (t) => {
  const { clock, heard, join } = scene();
  const { theirs } = join('ann');
  theirs.send(256 * KiB, 'first');
  theirs.send(24, 'second');
  theirs.send(64 * KiB, 'third');
  await clock.run(5_000);
  t.same(
    heard.map((line) => line.split(' ')[1]),
    ['first', 'second', 'third'],
  );
});

t.test('connections share what a host can send', async (t) => {
  const { clock, bytes, join } = scene();
  for (const name of ['ann', 'bob', 'cyd', 'dan']) join(name).theirs.send(4 * MiB, 'file');
  await clock.run(4_000);
  const shares = [...bytes.values()];
  t.equal(shares.length, 4);
  t.ok(Math.max(...shares) - Math.min(...shares) <= 420 * KiB, `two slices: ${shares.join(' ')}`);
  const total = shares.reduce((sum, share) => sum + share);
  t.ok(total > 3.5 * MiB && total <= 4 * MiB, `${total} bytes in 4 s`);
});

t.test('nothing that was under way arrives after a reset', async (t) => {
  const { clock, heard, join } = scene();
  const { ours, theirs } = join('ann');
  theirs.send(512 * KiB, 'block');
  clock.later(100, () => ours.reset());
  await clock.run(5_000);
  t.same(heard, ['ann reset at 100', "ann's server reset at 110"]);
  t.ok(theirs.isOver);
});

t.test('a slow receiver holds the sender back', async (t) => {
  const { clock, join } = scene({ upBytesPerSecond: 10 * MiB, downBytesPerSecond: 1 * MiB });
  const { theirs } = join('ann');
  theirs.send(8 * MiB, 'file');
  await clock.run(1_000);
  t.ok(theirs.queuedBytes > 4 * MiB, 'most of it has not left');
});
