/** Who is served next: fake sessions that send when they are told to, a number for a clock. */
import t from 'tap';
import { MAX_REQUEST_WAIT_MS } from '../../../src/net/limits.js';
import { createRateCell, SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import {
  UploadScheduler,
  type PendingRequest,
  type ScheduledSession,
} from '../../../src/workers/serving/upload-scheduler.js';

class FakeSession implements ScheduledSession {
  readonly name: string;
  readonly #log: string[];
  readonly requests: PendingRequest[] = [];
  /** Blocks for which there is room. */
  room = Infinity;
  hasBuffer = true;
  /** True when a block is on the socket at once. */
  isInstant = false;
  #onSent: (() => void) | undefined;

  constructor(name: string, log: string[]) {
    this.name = name;
    this.#log = log;
  }

  get hasRoom(): boolean {
    return this.room > 0;
  }

  answer(request: PendingRequest, onSent: () => void): void {
    if (!this.hasBuffer) return;
    this.requests.splice(this.requests.indexOf(request), 1);
    this.room--;
    this.#log.push(`${this.name} ${request.pieceIndex}/${request.offset}`);
    this.#onSent = onSent;
    if (this.isInstant) onSent();
  }

  /** The block that was under way is on the socket. */
  sent(): void {
    this.#onSent?.();
  }
}

class Scene {
  nowMs = 0;
  readonly limiter: SharedRateLimiter;
  readonly scheduler: UploadScheduler;
  readonly #log: string[] = [];

  constructor(bytesPerSecond?: number) {
    this.limiter = new SharedRateLimiter(createRateCell(bytesPerSecond), () => 0n);
    this.scheduler = new UploadScheduler(this.limiter, () => this.nowMs);
  }

  session(name: string): FakeSession {
    const session = new FakeSession(name, this.#log);
    this.scheduler.add(session);
    return session;
  }

  /** A request arrives, and the session has itself served. */
  ask(session: FakeSession, pieceIndex: number, offset = 0, fileId = 'a'): void {
    const { nowMs } = this;
    session.requests.push({ fileRef: 0, fileId, pieceIndex, offset, length: 10, atMs: nowMs });
    this.scheduler.serve(session);
  }

  /** What was answered since the last look. */
  take(): readonly string[] {
    return this.#log.splice(0);
  }
}

t.test('without a limit each session gets what it has room for, in its order', async (t) => {
  const scene = new Scene();
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  anna.room = 0;
  for (const piece of [3, 1, 2]) scene.ask(anna, piece);
  scene.ask(bert, 1);
  t.same(scene.take(), ['bert 1/0'], 'nobody waits for another');
  anna.room = 2;
  scene.scheduler.serve(anna);
  t.same(scene.take(), ['anna 3/0', 'anna 1/0']);
  anna.room = 1;
  scene.scheduler.serve(anna);
  t.same(scene.take(), ['anna 2/0']);
});

t.test('a session without a buffer keeps its request until it comes back', async (t) => {
  for (const rate of [undefined, 1_000]) {
    const scene = new Scene(rate);
    const anna = scene.session('anna');
    anna.hasBuffer = false;
    scene.ask(anna, 1);
    t.same(scene.take(), []);
    anna.hasBuffer = true;
    scene.scheduler.serve(anna);
    t.same(scene.take(), ['anna 1/0']);
  }
});

t.test('under a limit one block is under way at a time, over all sessions', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  scene.ask(anna, 1);
  scene.ask(anna, 2);
  scene.ask(bert, 3);
  t.same(scene.take(), ['anna 1/0']);
  anna.sent();
  t.same(scene.take(), ['bert 3/0'], 'whoever was served last comes last');
  anna.sent();
  t.same(scene.take(), [], 'an answer that is over says nothing of the present one');
  bert.sent();
  t.same(scene.take(), ['anna 2/0']);
});

t.test('blocks that are on the socket at once follow one another', async (t) => {
  const scene = new Scene(1_000);
  const anna = scene.session('anna');
  anna.isInstant = true;
  anna.room = 0;
  for (const piece of [1, 2, 3]) scene.ask(anna, piece);
  anna.room = 3;
  scene.scheduler.serve(anna);
  t.same(scene.take(), ['anna 1/0', 'anna 2/0', 'anna 3/0']);
});

t.test('a session without room is passed over', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  anna.room = 0;
  scene.ask(anna, 1);
  scene.ask(bert, 2);
  t.same(scene.take(), ['bert 2/0']);
});

t.test('what was sent least often comes first, block by block', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  scene.ask(anna, 1);
  scene.ask(bert, 1);
  scene.ask(bert, 1, 10);
  scene.ask(bert, 1, 0, 'another file');
  const order = [...scene.take()];
  for (const session of [anna, bert, bert, bert]) {
    session.sent();
    order.push(...scene.take());
  }
  t.same(order, ['anna 1/0', 'bert 1/10', 'bert 1/0', 'bert 1/0']);
  t.same(bert.requests, []);
});

t.test('what fewest peers have comes first', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  scene.ask(anna, 9);
  for (const piece of [1, 1, 2]) scene.scheduler.onPeerHas('a', piece);
  scene.scheduler.onPeerHas('another file', 3);
  for (const piece of [1, 2, 3]) scene.ask(bert, piece);
  const order: string[] = [];
  for (const session of [anna, bert, bert, bert]) {
    order.push(...scene.take());
    session.sent();
  }
  t.same(order, ['anna 9/0', 'bert 3/0', 'bert 2/0', 'bert 1/0']);
});

t.test('a request that has waited long enough comes before all others', async (t) => {
  for (const [waitMs, first] of [
    [MAX_REQUEST_WAIT_MS, 'bert 2/0'],
    [MAX_REQUEST_WAIT_MS + 1, 'bert 1/0'],
  ] as const) {
    const scene = new Scene(1_000);
    const [anna, bert] = [scene.session('anna'), scene.session('bert')];
    scene.ask(anna, 9);
    scene.take();
    scene.scheduler.onPeerHas('a', 1);
    scene.ask(bert, 1);
    scene.nowMs = waitMs;
    scene.ask(bert, 2);
    anna.sent();
    t.same(scene.take(), [first]);
  }
});

t.test('a session that ends in the middle of its block makes way for the others', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert, carl] = ['anna', 'bert', 'carl'].map((name) => scene.session(name)) as [
    FakeSession,
    FakeSession,
    FakeSession,
  ];
  scene.ask(anna, 1);
  scene.ask(bert, 2);
  scene.ask(carl, 3);
  t.same(scene.take(), ['anna 1/0']);
  scene.scheduler.remove(bert);
  t.same(scene.take(), []);
  scene.scheduler.remove(anna);
  t.same(scene.take(), ['carl 3/0'], 'and is not served any more itself');
});

t.test('a limit that is lifted lets a session go on at once', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  scene.ask(anna, 1);
  scene.ask(bert, 2);
  scene.ask(bert, 3);
  t.same(scene.take(), ['anna 1/0']);
  scene.limiter.setRate(undefined);
  scene.scheduler.serve(bert);
  t.same(scene.take(), ['bert 2/0', 'bert 3/0']);
  anna.sent();
  t.same(scene.take(), []);
});
