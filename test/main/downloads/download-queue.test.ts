/** The line of downloads: a table of ids, and whatever may happen to it. */
import fc from 'fast-check';
import t from 'tap';
import { MAX_FINISHING_DOWNLOADS, MAX_RUNNING_DOWNLOADS } from '../../../src/net/limits.js';
import { DownloadQueue } from '../../../src/main/downloads/download-queue.js';

/** A queue in which so many wait. */
function queueOf(count: number, load = 1): { queue: DownloadQueue; ids: string[] } {
  const queue = new DownloadQueue();
  const ids = Array.from({ length: count }, (_, one) => `${one}`);
  for (const id of ids) queue.enter(id, load);
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
  queue.enter('brief', 0.5);
  for (let one = 0; one < MAX_RUNNING_DOWNLOADS; one++) queue.enter(`long ${one}`, 1);
  queue.enter('last', 0.5);
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

type Step =
  | { readonly type: 'enter'; readonly load: number }
  | { readonly type: 'fetched' | 'leave' | 'give up'; readonly which: number };

const which = fc.nat({ max: 1_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('enter'), load: fc.constantFrom(0.5, 1) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fetched'), which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('leave'), which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('give up'), which }) },
);

/** What the owner of a queue knows of it. */
class Owner {
  readonly queue = new DownloadQueue();
  readonly loads = new Map<string, number>();
  readonly waiting: string[] = [];
  readonly fetching: string[] = [];
  readonly finishing: string[] = [];
  #entered = 0;

  /** Does one thing, lets begin what may, and checks what must hold then. */
  run(step: Step): void {
    if (step.type === 'enter') this.#enter(step.load);
    else if (step.type === 'give up')
      this.#take(this.waiting, step.which, (id) => this.queue.leave(id));
    else if (step.type === 'leave')
      this.#take(this.finishing, step.which, (id) => this.queue.leave(id));
    else {
      this.#take(this.fetching, step.which, (id) => {
        this.queue.onFetched(id);
        this.finishing.push(id);
      });
    }
    this.#begin();
  }

  /** Ends all that runs, until nobody does. */
  drain(): void {
    while (this.fetching.length > 0 || this.finishing.length > 0) {
      this.run({ type: 'fetched', which: 0 });
      this.run({ type: 'leave', which: 0 });
    }
  }

  #enter(load: number): void {
    const id = `${this.#entered++}`;
    this.queue.enter(id, load);
    this.loads.set(id, load);
    this.waiting.push(id);
  }

  #begin(): void {
    const finishingBefore = this.finishing.length;
    const started = this.queue.takeStartable();
    const expected = this.waiting.splice(0, started.length);
    if (started.join() !== expected.join()) throw new Error('not in the order of the line');
    if (started.length > 0 && finishingBefore >= MAX_FINISHING_DOWNLOADS)
      throw new Error('too many');
    this.fetching.push(...started);
    const load = this.fetching.reduce((sum, id) => sum + this.loads.get(id)!, 0);
    if (load > MAX_RUNNING_DOWNLOADS) throw new Error(`a load of ${load}`);
  }

  #take(from: string[], which: number, use: (id: string) => void): void {
    const [id] = from.length > 0 ? from.splice(which % from.length, 1) : [];
    if (id !== undefined) use(id);
  }
}

t.test('whatever happens: within the bounds, in order, and everybody gets a turn', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const owner = new Owner();
      for (const one of steps) owner.run(one);
      owner.drain();
      return owner.waiting.length === 0;
    }),
  );
  t.end();
});

t.test('small files that go together take a small part of each place', (t) => {
  const load = 1 / 32;
  const { queue, ids } = queueOf(2 * 32 * MAX_RUNNING_DOWNLOADS, load);
  t.same(queue.takeStartable(), ids.slice(0, 32 * MAX_RUNNING_DOWNLOADS));
  for (const id of ids.slice(0, 32 * MAX_RUNNING_DOWNLOADS)) queue.onFetched(id);
  t.same(queue.takeStartable(), ids.slice(32 * MAX_RUNNING_DOWNLOADS), 'as many are finishing');
  t.end();
});
