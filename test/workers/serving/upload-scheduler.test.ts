/** Who is served next: fake sessions that send when they are told to, a number for a clock. */
import t from 'tap';
import { MAX_REQUEST_WAIT_MS, SMALL_REQUEST_BYTES } from '../../../src/net/limits.js';
import { createRateCell, SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import {
  UploadScheduler,
  type Answer,
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
  /** True when what is asked for is not there. */
  isRejecting = false;
  #onSent: (() => void) | undefined;

  constructor(name: string, log: string[]) {
    this.name = name;
    this.#log = log;
  }

  get hasRoom(): boolean {
    return this.room > 0;
  }

  answer(request: PendingRequest, onSent: () => void): Answer {
    if (!this.hasBuffer) return 'waits';
    this.requests.splice(this.requests.indexOf(request), 1);
    if (this.isRejecting) return 'rejected';
    this.room--;
    this.#log.push(`${this.name} ${request.pieceIndex}/${request.offset}`);
    this.#onSent = onSent;
    if (this.isInstant) onSent();
    return 'sent';
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

  session(name: string, userId = name): FakeSession {
    const session = new FakeSession(name, this.#log);
    this.scheduler.add(session, userId);
    return session;
  }

  /** A request arrives, and the session has itself served. */
  ask(session: FakeSession, pieceIndex: number, offset = 0, fileId = 'a', length = 10_000): void {
    const { nowMs } = this;
    session.requests.push({ fileRef: 0, fileId, pieceIndex, offset, length, atMs: nowMs });
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

t.test('a rejected request counts as sent neither to its user nor anywhere else', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert, carl] = ['anna', 'bert', 'carl'].map((name) => scene.session(name)) as [
    FakeSession,
    FakeSession,
    FakeSession,
  ];
  anna.isRejecting = true;
  for (let count = 0; count < 100; count++) scene.ask(anna, 1);
  t.same([anna.requests, scene.take()], [[], []]);
  anna.isRejecting = false;
  scene.ask(carl, 9);
  for (const piece of [2, 1]) scene.ask(bert, piece);
  for (const session of [carl, bert]) session.sent();
  t.same(scene.take(), ['carl 9/0', 'bert 2/0', 'bert 1/0'], 'piece 1 was sent as seldom as 2');
});

t.test('users have equal turns, however many sessions and however small requests', async (t) => {
  const cases: [name: string, sessions: number, length: number, share: number][] = [
    ['one session that asks for as much', 1, 16_384, 0.5],
    ['150 sessions that ask for as much', 150, 16_384, 0.5],
    ['150 sessions that ask for one byte', 150, 1, 0.5],
  ];
  for (const [name, sessions, length, share] of cases) {
    const scene = new Scene(1_000);
    const honest = scene.session('honest');
    const greedy = Array.from({ length: sessions }, (_, n) => scene.session(`${n}`, 'greedy'));
    for (const session of greedy) session.isInstant = false;
    // So many bytes as the limiter lets through; a request costs a kilobyte at least.
    let [honestBytes, greedyBytes] = [0, 0];
    const all = new Map([...greedy, honest].map((session) => [session.name, session]));
    const refill = (): void => {
      if (honest.requests.length === 0) scene.ask(honest, 1, 0, 'a', 16_384);
      for (const session of greedy)
        if (session.requests.length === 0) scene.ask(session, 1, 0, 'a', length);
    };
    refill();
    while (honestBytes + greedyBytes < 4_000_000) {
      for (const line of scene.take()) {
        const session = all.get(line.split(' ')[0]!)!;
        if (session === honest) honestBytes += 16_384;
        else greedyBytes += Math.max(length, SMALL_REQUEST_BYTES);
        refill();
        session.sent();
      }
    }
    const actual = honestBytes / (honestBytes + greedyBytes);
    t.ok(Math.abs(actual - share) < 0.05, `${name}: ${actual.toFixed(2)}`);
  }
});

t.test('whoever has no buffer is passed over, and comes back with its turn', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  anna.hasBuffer = false;
  scene.ask(anna, 1);
  scene.ask(bert, 2);
  scene.ask(bert, 3);
  t.same(scene.take(), ['bert 2/0']);
  anna.hasBuffer = true;
  scene.scheduler.serve(anna);
  bert.sent();
  t.same(scene.take(), ['anna 1/0']);
});

t.test('whoever was away has saved nothing up', async (t) => {
  const scene = new Scene(1_000);
  const [anna, bert] = [scene.session('anna'), scene.session('bert')];
  for (let count = 0; count < 50; count++) {
    scene.ask(anna, count);
    anna.sent();
  }
  scene.take();
  for (let count = 0; count < 3; count++) for (const one of [anna, bert]) scene.ask(one, count);
  const order: string[] = [];
  for (let count = 0; count < 6; count++) {
    const lines = scene.take();
    order.push(...lines.map((line) => line.split(' ')[0]!));
    for (const line of lines) (line.startsWith('anna') ? anna : bert).sent();
  }
  t.same(order, ['anna', 'bert', 'anna', 'bert', 'anna', 'bert']);
});
