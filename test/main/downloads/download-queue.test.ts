/** The line of downloads: a table of ids, and whatever may happen to it. */
import fc from 'fast-check';
import t from 'tap';
import {
  MAX_FINISHING_DOWNLOADS,
  MAX_RUNNING_DOWNLOADS,
  MAX_STALLED_DOWNLOADS,
} from '../../../src/net/limits.js';
import { compareTurns, PRIORITIES, type Turn } from '../../../src/main/home/download-turn.js';
import { DownloadQueue } from '../../../src/main/downloads/download-queue.js';
import { movedTurns, type MoveTo } from '../../../src/main/downloads/line-move.js';

const at = (place: number): Turn => ({ priority: 'normal', place });

/** A queue in which so many wait. */
function queueOf(count: number, load = 1): { queue: DownloadQueue; ids: string[] } {
  const queue = new DownloadQueue();
  const ids = Array.from({ length: count }, (_, one) => `${one}`);
  for (const id of ids) queue.enter(id, load, at(Number(id)));
  return { queue, ids };
}

t.test('so many start as have room, in their order, each once', (t) => {
  for (const [load, atATime] of [
    [1, MAX_RUNNING_DOWNLOADS],
    [0.5, 2 * MAX_RUNNING_DOWNLOADS],
  ] as const) {
    const { queue, ids } = queueOf(atATime + 2, load);
    t.same(queue.takeStartable(), ids.slice(0, atATime));
    t.same(queue.takeStartable(), []);
    queue.leave(ids[0]!);
    t.same(queue.takeStartable(), [ids[atATime]]);
    queue.onFetched(ids[1]!);
    t.same(queue.takeStartable(), [ids[atATime + 1]]);
  }
  t.end();
});

t.test('one for which there is only half a place waits, and nobody overtakes it', (t) => {
  const queue = new DownloadQueue();
  queue.enter('brief', 0.5, at(0));
  for (let one = 0; one < MAX_RUNNING_DOWNLOADS; one++) queue.enter(`long ${one}`, 1, at(one + 1));
  queue.enter('last', 0.5, at(MAX_RUNNING_DOWNLOADS + 1));
  t.equal(queue.takeStartable().length, MAX_RUNNING_DOWNLOADS);
  t.ok(queue.isWaiting(`long ${MAX_RUNNING_DOWNLOADS - 1}`));
  queue.leave('brief');
  t.same(queue.takeStartable(), [`long ${MAX_RUNNING_DOWNLOADS - 1}`]);
  t.ok(queue.isWaiting('last'));
  t.end();
});

t.test('nobody starts while too many are being put in place', (t) => {
  const { queue, ids } = queueOf(MAX_FINISHING_DOWNLOADS + MAX_RUNNING_DOWNLOADS);
  for (const id of ids.slice(0, MAX_FINISHING_DOWNLOADS)) {
    queue.takeStartable();
    queue.onFetched(id);
  }
  t.same(queue.takeStartable(), []);
  t.ok(queue.isWaiting(ids.at(-1)!));
  queue.leave(ids[0]!);
  t.same(queue.takeStartable(), ids.slice(-1));
  t.end();
});

t.test('whoever leaves gives back what it had, and no more', (t) => {
  const cases: [name: string, leave: (queue: DownloadQueue) => void, freed: number][] = [
    ['while it fetches', (queue) => queue.leave('0'), 1],
    ['twice', (queue) => (queue.leave('0'), queue.leave('0')), 1],
    ['while it is put in place', (queue) => (queue.onFetched('0'), queue.leave('0')), 1],
    ['and is fetched afterwards', (queue) => (queue.leave('0'), queue.onFetched('0')), 1],
    ['is fetched twice', (queue) => (queue.onFetched('0'), queue.onFetched('0')), 1],
    ['while it waits', (queue) => queue.leave(`${MAX_RUNNING_DOWNLOADS}`), 0],
    ['is fetched while it waits', (queue) => queue.onFetched(`${MAX_RUNNING_DOWNLOADS}`), 0],
    ['unknown', (queue) => queue.leave('nobody'), 0],
  ];
  for (const [name, leave, freed] of cases) {
    const { queue } = queueOf(MAX_RUNNING_DOWNLOADS + 4);
    queue.takeStartable();
    leave(queue);
    t.equal(queue.takeStartable().length, freed, name);
  }
  t.end();
});

t.test('one that is stalled is not counted, up to a bound, until something comes', (t) => {
  const { queue, ids } = queueOf(3 * MAX_STALLED_DOWNLOADS);
  const begun = queue.takeStartable();
  while (begun.length < MAX_STALLED_DOWNLOADS + MAX_RUNNING_DOWNLOADS) {
    for (const id of begun) queue.onStalled(id);
    begun.push(...queue.takeStartable());
  }
  for (const id of begun) queue.onStalled(id);
  t.same(queue.takeStartable(), [], 'the others are counted, whether something comes or not');
  t.same(queue.begun, ids.slice(0, begun.length));
  queue.leave(ids[0]!);
  t.same(queue.takeStartable(), [], 'it had no place');
  queue.onStalled(begun.at(-1)!);
  begun.push(...queue.takeStartable());
  t.equal(begun.length, MAX_STALLED_DOWNLOADS + MAX_RUNNING_DOWNLOADS + 1);
  queue.onMoving(ids[1]!);
  queue.leave(begun.at(-1)!);
  t.same(queue.takeStartable(), [], 'it counts again');
  queue.leave(ids[1]!);
  t.equal(queue.takeStartable().length, 1);
  t.end();
});

t.test('whoever has another turn begins at that', (t) => {
  const { queue } = queueOf(MAX_RUNNING_DOWNLOADS + 3);
  const [first] = queue.takeStartable();
  const last = `${MAX_RUNNING_DOWNLOADS + 2}`;
  queue.setTurn(last, { priority: 'high', place: 99 });
  queue.setTurn(first!, { priority: 'low', place: 99 });
  t.equal(queue.places.get(last), 1);
  queue.leave(first!);
  t.same(queue.takeStartable(), [last]);
  t.end();
});

type Step =
  | { readonly type: 'enter'; readonly load: number; readonly rank: number }
  | {
      readonly type: 'fetched' | 'leave' | 'give up' | 'stall' | 'move on' | 'pause' | 'resume';
      readonly which: number;
    }
  | { readonly type: 'move'; readonly which: number; readonly to: MoveTo }
  | { readonly type: 'restart' };

const which = fc.nat({ max: 1_000 });
const load = fc.constantFrom(1 / 32, 0.5, 1);
const rank = fc.nat({ max: PRIORITIES.length - 1 });
const to: fc.Arbitrary<MoveTo> = fc.oneof(
  fc.constantFrom('first' as const, 'last' as const, 'up' as const, 'down' as const),
  fc.integer({ min: 1, max: 40 }),
);
const types = ['fetched', 'leave', 'give up', 'stall', 'move on', 'pause', 'resume'] as const;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('enter' as const), load, rank }) },
  { weight: 12, arbitrary: fc.record({ type: fc.constantFrom(...types), which }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('move' as const), which, to }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) },
);

interface Kept {
  readonly id: string;
  readonly load: number;
  turn: Turn;
  state: 'waiting' | 'fetching' | 'stalled' | 'finishing' | 'paused';
}

/**
 * What the owner of a queue knows of it, and what a library keeps over a restart: the turns. What must hold is
 * said here without the queue's own means.
 */
class Owner {
  queue: DownloadQueue;
  readonly kept = new Map<string, Kept>();
  readonly #atOnce: number;
  #entered = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
    this.queue = new DownloadQueue(atOnce);
  }

  /** Does one thing, lets begin what may, and checks what must hold then. */
  run(step: Step): void {
    switch (step.type) {
      case 'enter':
        return this.#enter(step.load, PRIORITIES[step.rank]!);
      case 'move':
        return this.#move(step.which, step.to);
      case 'restart':
        return this.#restart();
      case 'fetched':
        return this.#change(step.which, ['fetching', 'stalled'], (one) => {
          this.queue.onFetched(one.id);
          one.state = 'finishing';
        });
      case 'leave':
        return this.#change(step.which, ['finishing'], (one) => this.#forget(one));
      case 'give up':
        return this.#change(step.which, ['waiting', 'fetching', 'stalled'], (one) =>
          this.#forget(one),
        );
      case 'stall':
        return this.#change(step.which, ['fetching'], (one) => {
          this.queue.onStalled(one.id);
          one.state = 'stalled';
        });
      case 'move on':
        return this.#change(step.which, ['stalled'], (one) => {
          this.queue.onMoving(one.id);
          one.state = 'fetching';
        });
      case 'pause':
        return this.#change(step.which, ['waiting', 'fetching', 'stalled'], (one) => {
          this.queue.leave(one.id);
          one.state = 'paused';
        });
      case 'resume':
        return this.#change(step.which, ['paused'], (one) => this.#wait(one));
    }
  }

  /** Ends all that runs, until nobody does. */
  drain(): void {
    while (this.#in('fetching', 'stalled', 'finishing').length > 0) {
      this.run({ type: 'fetched', which: 0 });
      this.run({ type: 'leave', which: 0 });
    }
  }

  /** Those that are so, in the order in which they ought to have their turns. */
  #in(...states: Kept['state'][]): Kept[] {
    return [...this.kept.values()]
      .filter(({ state }) => states.includes(state))
      .sort((one, other) => compareTurns(one.turn, other.turn));
  }

  get waiting(): Kept[] {
    return this.#in('waiting');
  }

  #enter(load: number, priority: Turn['priority']): void {
    const place = ++this.#entered;
    const one: Kept = { id: `${place}`, load, turn: { priority, place }, state: 'waiting' };
    this.kept.set(one.id, one);
    this.#wait(one);
    this.#begin();
  }

  #wait(one: Kept): void {
    one.state = 'waiting';
    this.queue.enter(one.id, one.load, one.turn);
  }

  #forget({ id }: Kept): void {
    this.queue.leave(id);
    this.kept.delete(id);
  }

  #move(which: number, to: MoveTo): void {
    const line = this.waiting;
    if (line.length === 0) return;
    const moved = line[which % line.length]!;
    const others = line.filter((one) => one !== moved).map(({ id }) => id);
    for (const [id, turn] of movedTurns(line, new Set([moved.id]), to)) {
      this.kept.get(id)!.turn = turn;
      this.queue.setTurn(id, turn);
    }
    const after = this.waiting.map(({ id }) => id);
    const at = after.indexOf(moved.id);
    const was = line.indexOf(moved);
    const wanted =
      typeof to === 'number'
        ? Math.min(to, line.length) - 1
        : {
            first: 0,
            last: line.length - 1,
            up: Math.max(0, was - 1),
            down: Math.min(line.length - 1, was + 1),
          }[to];
    if (at !== wanted) throw new Error(`moved ${to} from ${was} of ${line.length} to ${at}`);
    if (after.filter((id) => id !== moved.id).join() !== others.join())
      throw new Error('others have changed their order');
    this.#begin();
  }

  /** Another engine: it begins with those that this one had, in the order of their turns. */
  #restart(): void {
    this.queue = new DownloadQueue(this.#atOnce);
    const line = this.#in('waiting', 'fetching', 'stalled', 'finishing');
    for (const one of line) one.state = 'paused';
    for (const one of line) {
      this.#wait(one);
      this.#begin();
    }
    const places = new Set(line.map(({ turn }) => turn.place));
    if (places.size !== line.length) throw new Error('two have the same place');
  }

  #begin(): void {
    const line = this.waiting;
    const finishingBefore = this.#load('finishing');
    const started = this.queue.takeStartable();
    const expected = line.splice(0, started.length).map(({ id }) => id);
    if (started.join() !== expected.join()) throw new Error('not in the order of the line');
    if (started.length > 0 && finishingBefore >= MAX_FINISHING_DOWNLOADS)
      throw new Error('too many');
    const before = this.#load('fetching');
    for (const id of started) this.kept.get(id)!.state = 'fetching';
    const load = this.#load('fetching');
    if (started.length > 0 && load > this.#atOnce) throw new Error(`a load of ${load}`);
    const [next] = this.waiting;
    const isRoom = next && load + next.load <= this.#atOnce;
    if (isRoom && this.#load('finishing') < MAX_FINISHING_DOWNLOADS)
      throw new Error(`a place stays empty: ${before}, ${load}`);
    const places = this.queue.places;
    for (const [index, { id }] of this.waiting.entries()) {
      if (places.get(id) !== index + 1) throw new Error('not its place in the line');
      if (this.queue.placeOf(id) !== index + 1)
        throw new Error('another place when asked for alone');
    }
  }

  #load(state: Kept['state']): number {
    const loads = this.#in(state).map(({ load }) =>
      state === 'fetching' ? load : Math.min(1, 2 * load),
    );
    return loads.reduce((sum, one) => sum + one, 0);
  }

  #change(which: number, states: Kept['state'][], use: (one: Kept) => void): void {
    const some = this.#in(...states);
    if (some.length > 0) use(some[which % some.length]!);
    this.#begin();
  }
}

t.test(
  'whatever happens: within the bounds, in order, no place stays empty, and everybody gets a turn',
  (t) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { maxLength: 300 }),
        (atOnce, steps) => {
          const owner = new Owner(atOnce);
          for (const one of steps) owner.run(one);
          owner.drain();
          return owner.waiting.length === 0;
        },
      ),
    );
    t.end();
  },
);

t.test('small files that go together take a small part of each place', (t) => {
  const load = 1 / 32;
  const { queue, ids } = queueOf(2 * 32 * MAX_RUNNING_DOWNLOADS, load);
  t.same(queue.takeStartable(), ids.slice(0, 32 * MAX_RUNNING_DOWNLOADS));
  for (const id of ids.slice(0, 32 * MAX_RUNNING_DOWNLOADS)) queue.onFetched(id);
  t.same(queue.takeStartable(), ids.slice(32 * MAX_RUNNING_DOWNLOADS), 'as many are finishing');
  t.end();
});
