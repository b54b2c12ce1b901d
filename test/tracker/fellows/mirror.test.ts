/**
 * The copies that trackers have of each other's devices, with a presence server that loses what it likes: in the end each
 * holds the same as all the others.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FELLOW_ASK_MS, FELLOW_GONE_MS } from '../../../src/net/limits.js';
import type { FellowMessage } from '../../../src/tracker/fellows/bus-codec.js';
import type { DeviceHolder } from '../../../src/tracker/fellows/device-holder.js';
import { FellowTable } from '../../../src/tracker/fellows/fellow-table.js';
import { OwnChanges } from '../../../src/tracker/fellows/own-changes.js';
import { ownState } from '../../../src/tracker/fellows/own-state.js';
import { SharedPresence } from '../../../src/tracker/fellows/shared-presence.js';
import { FakeClock } from '../fake-clock.js';

/** A connection, as far as presence concerns it. */
class Connection implements DeviceHolder {
  readonly isHere = true;
  readonly places = ['here'];
  readonly deviceId: string;
  readonly pushed: string[] = [];
  endedBy: string | undefined;
  #onEnd: (holder: Connection) => void;

  constructor(deviceId: string, onEnd: (holder: Connection) => void) {
    this.deviceId = deviceId;
    this.#onEnd = onEnd;
  }

  push(name: string): void {
    this.pushed.push(name);
  }

  tell(): void {
    // Nothing is told here.
  }

  end(code: string): void {
    this.endedBy = code;
    this.#onEnd(this);
  }
}

class Tracker {
  readonly connections = new Map<string, Connection>();
  readonly presence: SharedPresence;
  readonly table: FellowTable;
  readonly changes: OwnChanges;
  readonly called: string[] = [];
  readonly asked: string[] = [];
  n = 0;
  readonly name: string;
  /** Being told to one, part by part. */
  telling: { to: string; parts: ReturnType<typeof ownState>; isFirst: boolean } | undefined;

  constructor(name: string, clock: FakeClock) {
    this.name = name;
    this.presence = new SharedPresence({
      tracker: name,
      onChange: () => undefined,
      onOwnChange: (deviceId, offer) => {
        this.changes.add(deviceId, offer);
        if (!offer) this.table.onFree(deviceId);
      },
      onTakenOver: () => undefined,
      passOn: (to, deviceId) => void this.called.push(`${to} ${deviceId}`),
      isHeard: () => true,
      nowMs: clock.nowMs,
    });
    this.changes = new OwnChanges(this.presence);
    this.table = new FellowTable({
      devices: this.presence,
      ask: (of) => void this.asked.push(of),
      steadyMs: clock.steadyMs,
    });
  }

  goOnline(deviceId: string): void {
    const holder = new Connection(deviceId, (ended) => {
      this.presence.goOffline(deviceId, ended);
      if (this.connections.get(deviceId) === ended) this.connections.delete(deviceId);
    });
    const addresses = [{ host: this.name, port: 1 }];
    const before = this.presence.goOnline({ deviceId, userId: 'anna', addresses }, holder);
    this.connections.set(deviceId, holder);
    before?.end('HOME_IN_USE', '');
  }

  goOffline(deviceId: string, hasLeft = false): void {
    const holder = this.connections.get(deviceId);
    if (holder) this.presence.goOffline(deviceId, holder, hasLeft);
    this.connections.delete(deviceId);
  }

  offer(deviceId: string, fileId: string, state: 'whole' | 'part' | 'gone'): void {
    const holder = this.connections.get(deviceId);
    if (!holder || !this.presence.isHolder(deviceId, holder)) return;
    if (state === 'gone') this.presence.withdraw(deviceId, 'g', fileId);
    else this.presence.announce(deviceId, 'g', fileId, state === 'whole');
  }

  /** Everything it knows, wherever it is. */
  seen(deviceIds: readonly string[]): unknown {
    return deviceIds.map((deviceId) => {
      const device = this.presence.device(deviceId);
      return device && [device.presence.addresses, [...(device.offers.get('g') ?? [])].sort()];
    });
  }
}

type Letter = { readonly from: string; readonly to?: string; readonly message: FellowMessage };

class World {
  readonly clock = new FakeClock();
  readonly trackers = ['A', 'B', 'C'].map((name) => new Tracker(name, this.clock));
  isLossy = false;

  /** What is said reaches all that are meant at once, or nobody. */
  say({ from, to, message }: Letter, isLost = false): void {
    if (isLost) return;
    for (const tracker of this.trackers) {
      if (tracker.name === from || (to !== undefined && to !== tracker.name)) continue;
      if (message.kind === 'changes') tracker.table.onChanges(from, message.n, message);
      if (message.kind === 'beat') tracker.table.onBeat(from, message.n);
      if (message.kind === 'state') tracker.table.onState(from, message);
    }
  }

  flush(tracker: Tracker, isLost: boolean): void {
    const told = tracker.changes.take();
    if (!told) return;
    tracker.n++;
    this.say({ from: tracker.name, message: { kind: 'changes', n: tracker.n, ...told } }, isLost);
  }

  beat(tracker: Tracker, isLost: boolean): void {
    this.clock.advance(FELLOW_ASK_MS);
    this.say({ from: tracker.name, message: { kind: 'beat', n: tracker.n } }, isLost);
  }

  /** One part of all that one is asked for. */
  tellPart(tracker: Tracker, isLost: boolean): void {
    if (!tracker.telling) {
      const asker = this.trackers.find(({ asked }) => asked.includes(tracker.name));
      if (!asker) return;
      asker.asked.splice(asker.asked.indexOf(tracker.name), 1);
      const { presence } = tracker;
      const parts = ownState(presence.own(), (deviceId) => presence.toldDevice(deviceId), 2);
      tracker.telling = { to: asker.name, parts, isFirst: true };
    }
    const { telling } = tracker;
    const next = telling.parts.next();
    const part = next.done === true ? { gone: [], devices: [], offers: [] } : next.value;
    const { isFirst, to } = telling;
    telling.isFirst = false;
    const isLast = next.done === true;
    const message = { kind: 'state', n: tracker.n, isFirst, isLast, ...part } as const;
    this.say({ from: tracker.name, to, message }, isLost);
    if (isLast) tracker.telling = undefined;
  }

  /** Nothing is lost any more: everything is told, and asked for. */
  settle(): void {
    // What was being told when something of it was lost is asked for anew.
    this.clock.advance(FELLOW_GONE_MS / 2);
    for (let round = 0; round < 12; round++) {
      for (const tracker of this.trackers) {
        this.flush(tracker, false);
        this.beat(tracker, false);
        while (tracker.telling || this.trackers.some(({ asked }) => asked.includes(tracker.name))) {
          this.tellPart(tracker, false);
        }
      }
    }
  }
}

/** Few, so that the same is changed again and again. */
const DEVICES = ['d1', 'd2'];
const FILES = ['f1', 'f2', 'f3'];
const tracker = fc.nat(2);
const isLost = fc.boolean();
const step = fc.oneof(
  fc.record({ kind: fc.constant('online'), tracker, device: fc.constantFrom(...DEVICES) }),
  fc.record({ kind: fc.constant('offline'), tracker, device: fc.constantFrom(...DEVICES) }),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('offer'),
      tracker,
      device: fc.constantFrom(...DEVICES),
      file: fc.constantFrom(...FILES),
      state: fc.constantFrom('whole' as const, 'part' as const, 'gone' as const),
    }),
  },
  fc.record({ kind: fc.constant('flush'), tracker, isLost }),
  fc.record({ kind: fc.constant('beat'), tracker, isLost }),
  fc.record({ kind: fc.constant('tell'), tracker, isLost }),
);

void t.test('whatever is lost, in the end all see the same', (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
      const world = new World();
      world.settle();
      for (const one of steps) {
        const at = world.trackers[one.tracker]!;
        if ('file' in one) at.offer(one.device, one.file, one.state);
        else if ('device' in one) {
          if (one.kind === 'online') at.goOnline(one.device);
          else at.goOffline(one.device);
        } else if (one.kind === 'flush') world.flush(at, one.isLost);
        else if (one.kind === 'beat') world.beat(at, one.isLost);
        else world.tellPart(at, one.isLost);
      }
      world.settle();
      const [a, b, c] = world.trackers.map((each) => each.seen(DEVICES));
      assert.deepEqual(b, a);
      assert.deepEqual(c, a);
      for (const deviceId of DEVICES) {
        const here = world.trackers.filter(({ connections }) => connections.has(deviceId));
        if (here.length > 1) throw new Error(`${deviceId} is connected twice`);
      }
    }),
    { numRuns: 500 },
  );
  t.end();
});

void t.test('who comes online last has the device, and a call goes where it is', (t) => {
  const world = new World();
  const [a, b, c] = world.trackers as [Tracker, Tracker, Tracker];
  a.goOnline('d1');
  const first = a.connections.get('d1')!;
  world.settle();
  b.goOnline('d1');
  world.settle();
  t.equal(first.endedBy, 'HOME_IN_USE');
  t.equal(a.connections.size, 0);
  c.presence.holderOf('d1')?.push('call', {} as never);
  c.presence.holderOf('d1')?.push('reach', {} as never);
  t.same(c.called, ['B d1']);
  t.end();
});

void t.test('a tracker that loses a device to another one says so', (t) => {
  const world = new World();
  world.settle();
  const [a, b, c] = world.trackers as [Tracker, Tracker, Tracker];
  a.goOnline('d1');
  c.goOnline('d1');
  world.flush(a, false);
  world.flush(c, true);
  world.beat(c, false);
  // Of the two that miss it one hears it.
  b.asked.length = 0;
  while (c.telling || a.asked.length > 0) world.tellPart(c, false);
  t.equal(a.connections.size, 0);
  c.goOffline('d1');
  world.settle();
  t.equal(b.presence.device('d1'), undefined);
  t.end();
});

void t.test('who is not heard any more is gone, with all devices', (t) => {
  const world = new World();
  const [a, b] = world.trackers as [Tracker, Tracker, Tracker];
  a.goOnline('d1');
  a.offer('d1', 'f1', 'whole');
  world.settle();
  t.equal(b.table.isWhole, true);
  t.equal(b.presence.swarmSize('g', 'f1').peers, 1);
  world.clock.advance(FELLOW_GONE_MS + 1);
  b.table.onBack();
  b.table.sweep();
  t.equal(b.presence.swarmSize('g', 'f1').peers, 1, 'not while nobody could be heard');
  world.clock.advance(FELLOW_GONE_MS + 1);
  b.table.sweep();
  t.equal(b.presence.swarmSize('g', 'f1').peers, 0);
  t.equal(b.table.size, 0);
  t.end();
});

void t.test('who has taken its leave is not lost, at none of them', (t) => {
  const world = new World();
  const [a, b, c] = world.trackers as [Tracker, Tracker, Tracker];
  for (const deviceId of DEVICES) a.goOnline(deviceId);
  world.settle();
  a.goOffline('d1', true);
  a.goOffline('d2');
  world.settle();
  for (const { presence, name } of [a, b, c]) {
    t.same([presence.isLost('d1'), presence.isLost('d2')], [false, true], name);
  }
  b.goOnline('d1');
  world.settle();
  b.goOffline('d1');
  world.settle();
  t.equal(c.presence.isLost('d1'), true, 'what it said before counts no more');
  a.goOnline('d2');
  world.settle();
  b.table.onBye('A');
  t.equal(b.presence.isLost('d2'), true, 'its tracker has left, and not it');
  t.end();
});

void t.test('an effect withdraws what is here; of the others their own tracker says it', (t) => {
  const world = new World();
  const [a, b] = world.trackers as [Tracker, Tracker, Tracker];
  a.goOnline('d1');
  a.offer('d1', 'f1', 'whole');
  world.settle();
  b.presence.withdraw('d1', 'g', 'f1');
  b.presence.withdrawUser('anna', 'g');
  b.presence.withdrawContent('g', 'f1');
  t.equal(b.presence.swarmSize('g', 'f1').peers, 1);
  a.presence.withdrawUser('anna', 'g');
  world.settle();
  t.equal(b.presence.swarmSize('g', 'f1').peers, 0);
  t.end();
});

void t.test('more changes than may wait are told as a whole', (t) => {
  const world = new World();
  const [a, b] = world.trackers as [Tracker, Tracker, Tracker];
  a.goOnline('d1');
  a.changes.miss();
  a.offer('d1', 'f1', 'whole');
  t.equal(a.changes.take(), undefined);
  t.equal(a.changes.takeMissed(), true);
  t.equal(a.changes.takeMissed(), false);
  a.n++;
  world.settle();
  t.equal(b.presence.swarmSize('g', 'f1').peers, 1);
  t.end();
});
