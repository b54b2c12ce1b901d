/** Several ways to one peer, with ways that do what the test says and a clock of its own. */
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { PeerError } from '../../../src/net/errors.js';
import { BETTER_WAY_INTERVAL_MS, LATE_WAY_AFTER_MS } from '../../../src/net/limits.js';
import { WayRace, type BeginSession, type Way } from '../../../src/main/downloads/way-race.js';
import type {
  MainToPeerSession,
  PeerSessionToMain,
} from '../../../src/workers/messages/peer-session.js';
import type { TaskOutcome } from '../../../src/workers/messages/thread.js';

const address = { host: '192.0.2.1', port: 1 };
const ready = { type: 'ready', bits: new Uint8Array(1), address, latencyMs: 1 } as const;

/** A way that is opened, runs and ends as it is told. */
class FakeWay implements Way {
  readonly isRelay: boolean;
  readonly heard: string[] = [];
  opened = 0;
  say: (message: PeerSessionToMain) => void = () => undefined;
  fail: () => void = () => undefined;
  /** False for one whose thread takes its time. */
  endsWhenTold = true;
  #settle: (outcome: TaskOutcome) => void = () => undefined;
  readonly #isOpenAtOnce: boolean;

  constructor(isRelay = false, isOpenAtOnce = true) {
    this.isRelay = isRelay;
    this.#isOpenAtOnce = isOpenAtOnce;
  }

  open(): Promise<BeginSession> {
    this.opened++;
    const opening = deferred<BeginSession>();
    this.fail = () => opening.reject(new PeerError('PEER_UNREACHABLE', 'no way'));
    if (this.#isOpenAtOnce) opening.resolve((onMessage) => this.#begin(onMessage));
    return opening.promise;
  }

  /** As a thread ends a session. */
  end(): void {
    this.say({ type: 'ended', error: undefined });
    this.#settle({ ok: true });
  }

  #begin(onMessage: (message: PeerSessionToMain) => void) {
    this.say = onMessage;
    const settled = new Promise<TaskOutcome>((resolve) => (this.#settle = resolve));
    const post = (message: MainToPeerSession): void => {
      this.heard.push(message.type);
      if (message.type === 'close' && this.endsWhenTold) this.end();
    };
    return { post, settled };
  }
}

function scene(...ways: FakeWay[]) {
  const said: string[] = [];
  const messages: PeerSessionToMain[] = [];
  const timers: { waitMs: number; work: () => void }[] = [];
  const race = new WayRace(
    ways,
    (message) => {
      said.push(message.type);
      messages.push(message);
    },
    (waitMs, work) => {
      const timer = { waitMs, work };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
  );
  /** Runs the one timer that is set. */
  const elapse = async (waitMs: number): Promise<void> => {
    const timer = timers.shift();
    t.equal(timer?.waitMs, waitMs);
    timer?.work();
    await turn();
  };
  return { race, said, messages, timers, elapse };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('the first way that opens the file wins, and a later one is never begun', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said, timers } = scene(direct, call);
  await turn();
  direct.say(ready);
  race.post({ type: 'fetch', pieces: [1] });
  t.same(direct.heard, ['fetch']);
  t.equal(call.opened, 0);
  t.equal(timers.length, 0);
  direct.end();
  t.same(said, ['ready', 'ended']);
  t.same(await race.settled, { ok: true });
});

t.test('one that is silent holds up the next no longer than a moment', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said, elapse } = scene(direct, call);
  await turn();
  await elapse(LATE_WAY_AFTER_MS);
  t.equal(call.opened, 1);
  call.say(ready);
  t.same(direct.heard, ['close'], 'the other ends');
  call.say({ type: 'verified', pieces: [0] });
  call.end();
  t.same(said, ['ready', 'verified', 'ended']);
  await race.settled;
});

t.test('one that fails makes way at once, and the end names all faults once', async (t) => {
  const [direct, call] = [new FakeWay(false, false), new FakeWay(false, false)];
  const { race, said } = scene(direct, call);
  await turn();
  direct.fail();
  await turn();
  t.equal(call.opened, 1);
  call.fail();
  await turn();
  t.same(said, ['ended']);
  await race.settled;
});

t.test('a relay ends when something better answers', async (t) => {
  const [direct, relay] = [new FakeWay(), new FakeWay(true)];
  const { race, said, elapse } = scene(direct, relay);
  await turn();
  await elapse(LATE_WAY_AFTER_MS);
  relay.say(ready);
  t.same(direct.heard, [], 'the better one is left to try');
  direct.end();
  await elapse(BETTER_WAY_INTERVAL_MS);
  t.equal(direct.opened, 2, 'and tried again later');
  t.same(said, ['ready']);
  direct.say(ready);
  t.same([direct.heard, relay.heard], [['close'], ['close']]);
  t.same(said, ['ready', 'ended'], 'the session begins anew');
  await race.settled;
});

t.test('a file is let go when nobody can know it any more', async (t) => {
  const [direct, relay] = [new FakeWay(), new FakeWay(true)];
  const { race, said, elapse } = scene(direct, relay);
  await turn();
  await elapse(LATE_WAY_AFTER_MS);
  relay.say(ready);
  const close = direct.heard;
  race.post({ type: 'release' });
  t.same([close, relay.heard], [['close'], ['release']]);
  relay.say({ type: 'released', error: undefined });
  relay.say({ type: 'idle' });
  race.post({ type: 'close' });
  t.same(said, ['ready', 'released', 'idle', 'ended']);
  await race.settled;
});

t.test('an order to close before anything has begun ends it', async (t) => {
  const direct = new FakeWay(false, false);
  const call = new FakeWay();
  const { race, said } = scene(direct, call);
  race.post({ type: 'close' });
  direct.fail();
  await turn();
  t.same(said, ['ended']);
  t.equal(call.opened, 0);
  await race.settled;
});

t.test('what is ordered before a way has won is ordered of each, and answered once', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said, elapse } = scene(direct, call);
  await turn();
  direct.say({ type: 'asked', latencyMs: 1 });
  race.post({ type: 'fetch', pieces: [1, 2] });
  await elapse(LATE_WAY_AFTER_MS);
  t.same([direct.heard, call.heard], [['fetch'], ['fetch']]);
  race.post({ type: 'cancel', pieces: [1] });
  direct.say({ type: 'returned', pieces: [1], rejected: false });
  t.same(said, ['asked'], 'it is still on its way over the other');
  call.say({ type: 'returned', pieces: [1], rejected: false });
  t.same(said, ['asked', 'returned']);
  call.say(ready);
  direct.say({ type: 'asked', latencyMs: 1 });
  t.same(said, ['asked', 'returned', 'ready']);
  t.same(direct.heard.at(-1), 'close');
  race.post({ type: 'fetch', pieces: [3] });
  t.same(call.heard, ['fetch', 'cancel', 'fetch']);
  call.end();
  await race.settled;
});

t.test('what is taken back while a way wins is answered by that way alone', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said, messages, elapse } = scene(direct, call);
  await turn();
  direct.say({ type: 'asked', latencyMs: 1 });
  race.post({ type: 'fetch', pieces: [1, 2] });
  await elapse(LATE_WAY_AFTER_MS);
  race.post({ type: 'cancel', pieces: [1, 2] });
  direct.say({ type: 'returned', pieces: [2], rejected: false });
  direct.say(ready);
  // The order has crossed with the bytes.
  direct.say({ type: 'verified', pieces: [1] });
  t.same(said, ['asked', 'returned', 'ready', 'verified']);
  t.match(messages[1], { pieces: [2] }, 'the other ends without a word about it');
  direct.end();
  await race.settled;
});

t.test('what a way gives back before it wins is given back by the session', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said, messages, elapse } = scene(direct, call);
  await turn();
  direct.say({ type: 'asked', latencyMs: 1 });
  race.post({ type: 'fetch', pieces: [1, 2, 3] });
  await elapse(LATE_WAY_AFTER_MS);
  race.post({ type: 'cancel', pieces: [3] });
  direct.say({ type: 'returned', pieces: [2, 3], rejected: false });
  call.say({ type: 'returned', pieces: [1], rejected: false });
  t.same(said, ['asked'], 'the other may still bring it');
  direct.say(ready);
  t.same(said, ['asked', 'returned', 'returned', 'ready']);
  t.match(messages.slice(1, 3), [{ pieces: [3] }, { pieces: [2] }]);
  direct.say({ type: 'verified', pieces: [1] });
  t.same(said.slice(4), ['verified'], 'and nothing else is owed');
  direct.end();
  await race.settled;
});

t.test('a way that ends has nothing any more', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said, elapse } = scene(direct, call);
  await turn();
  direct.say({ type: 'asked', latencyMs: 1 });
  race.post({ type: 'fetch', pieces: [1] });
  await elapse(LATE_WAY_AFTER_MS);
  race.post({ type: 'cancel', pieces: [1] });
  call.say({ type: 'returned', pieces: [1], rejected: false });
  direct.end();
  t.same(said, ['asked', 'returned']);
  call.say(ready);
  t.same(said, ['asked', 'returned', 'ready']);
  call.end();
  await race.settled;
});

t.test('a peer that refuses the file over one way is asked over no other', async (t) => {
  const [direct, call, relay] = [new FakeWay(), new FakeWay(false, false), new FakeWay(true)];
  const { race, said, timers, elapse } = scene(direct, call, relay);
  await turn();
  await elapse(LATE_WAY_AFTER_MS);
  t.equal(call.opened, 1, 'one is under way already');
  direct.say({ type: 'released', error: { code: 'NO_SUCH_FILE', message: 'no' } });
  t.same(direct.heard, ['close']);
  // It is given up, as its signal says.
  call.fail();
  await turn();
  t.equal(relay.opened, 0);
  t.equal(timers.length, 0);
  t.same(said, ['ended']);
  await race.settled;
});

t.test(
  'the end says why the peer refused, also when a way that was given up is over first',
  async (t) => {
    const [direct, call] = [new FakeWay(), new FakeWay(false, false)];
    direct.endsWhenTold = false;
    const { race, messages, elapse } = scene(direct, call);
    await turn();
    await elapse(LATE_WAY_AFTER_MS);
    direct.say({ type: 'released', error: { code: 'NO_SUCH_FILE', message: 'no' } });
    call.fail();
    await turn();
    direct.end();
    t.same(messages, [{ type: 'ended', error: { code: 'NO_SUCH_FILE', message: 'no' } }]);
    await race.settled;
  },
);

t.test('a peer that is busy over one way is asked over the next', async (t) => {
  const [direct, call] = [new FakeWay(), new FakeWay()];
  const { race, said } = scene(direct, call);
  await turn();
  direct.say({ type: 'released', error: { code: 'BUSY', message: 'later' } });
  await turn();
  t.same(direct.heard, ['close']);
  call.say(ready);
  t.same(said, ['ready']);
  call.end();
  await race.settled;
});

t.test('a refusal over a way that is tried beside a relay leaves the relay alone', async (t) => {
  for (const code of ['BUSY', 'NO_SUCH_FILE'] as const) {
    const [direct, relay] = [new FakeWay(), new FakeWay(true)];
    const { race, said, elapse } = scene(direct, relay);
    await turn();
    direct.end();
    await turn();
    relay.say(ready);
    await elapse(BETTER_WAY_INTERVAL_MS);
    t.equal(direct.opened, 2);
    direct.say({ type: 'released', error: { code, message: 'no' } });
    t.same(direct.heard, ['close']);
    relay.say({ type: 'verified', pieces: [0] });
    t.same([relay.heard, said], [[], ['ready', 'verified']]);
    await elapse(BETTER_WAY_INTERVAL_MS);
    t.equal(direct.opened, 3, 'and it is tried again');
    race.post({ type: 'close' });
    await turn();
    await race.settled;
  }
});
