/** Transfers in the background on a simulated link with a queue, beside a transfer of the usual kind. */
import t from 'tap';
import { BaseDelay, DelayPace } from '../../src/net/delay-pace.js';
import {
  BASE_DELAY_MINUTES,
  DELAY_PROBE_MS,
  FIRST_BACKGROUND_RATE,
  LEAST_BACKGROUND_RATE,
  QUEUE_TARGET_MS,
} from '../../src/net/limits.js';

const STEP_MS = 10;
const WAY_MS = 20;
const SEGMENT = 1_448;

/** A link of one rate with a queue; who comes to a full one loses it. */
class Link {
  readonly base = new BaseDelay();
  readonly pace: DelayPace;
  #nowMs = 0;
  #queued = 0;
  /** Bytes in flight of the usual transfer; none when it does not run. */
  #window = 0;
  #isSlowStart = true;
  #halvedAtMs = 0;
  /** What each has taken since the last look. */
  taken = { background: 0, foreground: 0 };
  #sinceProbe = 0;
  readonly #rate: number;
  readonly #room: number;

  constructor(bytesPerSecond: number, queueMs: number, most?: number) {
    this.#rate = bytesPerSecond;
    this.#room = (bytesPerSecond * queueMs) / 1_000;
    this.pace = new DelayPace(most);
  }

  get delayMs(): number {
    return WAY_MS + (this.#queued / this.#rate) * 1_000;
  }

  /** A transfer of the usual kind: it fills the queue until it loses something, then halves. */
  setForeground(isRunning: boolean): void {
    this.#window = isRunning ? 10 * SEGMENT : 0;
    this.#isSlowStart = true;
  }

  run(seconds: number, wantsBackground = true): { background: number; foreground: number } {
    this.taken = { background: 0, foreground: 0 };
    for (let ms = 0; ms < seconds * 1_000; ms += STEP_MS) this.#step(wantsBackground);
    return this.taken;
  }

  #step(wantsBackground: boolean): void {
    this.#nowMs += STEP_MS;
    const s = STEP_MS / 1_000;
    const offered = {
      background: wantsBackground ? this.pace.bytesPerSecond * s : 0,
      foreground: (this.#window / (this.delayMs / 1_000)) * s,
    };
    const all = offered.background + offered.foreground;
    const passed = Math.min(this.#queued + all, this.#rate * s);
    this.#queued += all - passed;
    if (all > 0) {
      // What leaves is of whoever has filled the queue.
      this.taken.background += (passed * offered.background) / all;
      this.taken.foreground += (passed * offered.foreground) / all;
    }
    if (this.#window > 0) {
      const grown = this.#isSlowStart ? this.#window : SEGMENT;
      this.#window += (grown * STEP_MS) / this.delayMs;
    }
    if (this.#queued > this.#room) {
      this.#queued = this.#room;
      // Once in a round trip, as it hears of the loss.
      if (this.#nowMs - this.#halvedAtMs > this.delayMs) {
        this.#window /= 2;
        this.#isSlowStart = false;
        this.#halvedAtMs = this.#nowMs;
      }
    }
    this.#sinceProbe += offered.background;
    if (this.#nowMs % DELAY_PROBE_MS !== 0) return;
    this.base.onMeasured(this.delayMs, this.#nowMs);
    const used = this.#sinceProbe / (DELAY_PROBE_MS / 1_000);
    this.pace.onQueue(this.base.queueOf(this.delayMs), used);
    this.#sinceProbe = 0;
  }
}

for (const rate of [200_000, 1_000_000, 12_500_000]) {
  t.test(`at ${rate} B/s it takes all of a link alone, and gives way`, (t) => {
    const link = new Link(rate, 300);
    link.run(5, false);
    link.run(40);
    const alone = link.run(60);
    t.ok(alone.background > 0.9 * rate * 60, `alone ${alone.background / rate / 60}`);
    t.ok(link.delayMs < WAY_MS + 3 * QUEUE_TARGET_MS, `with a short queue: ${link.delayMs}`);
    link.setForeground(true);
    link.run(20);
    const beside = link.run(60);
    const share = beside.foreground / (beside.foreground + beside.background);
    t.ok(share > 0.8, `the other gets ${share}`);
    link.setForeground(false);
    link.run(40);
    const again = link.run(20);
    t.ok(again.background > 0.9 * rate * 20, `afterwards ${again.background / rate / 20}`);
    t.end();
  });
}

t.test('what the user allows is not exceeded, and nothing starves', (t) => {
  const capped = new Link(1_000_000, 300, 50_000);
  const { background } = capped.run(60);
  t.ok(background <= 50_000 * 60 * 1.001, String(background));
  const pace = new DelayPace();
  for (let n = 0; n < 100; n++) pace.onQueue(10_000, 0);
  t.equal(pace.bytesPerSecond, LEAST_BACKGROUND_RATE);
  const least = new DelayPace(1_000);
  least.onQueue(10_000, 0);
  t.equal(least.bytesPerSecond, 1_000);
  t.end();
});

t.test('who takes nothing gets no greater rate', (t) => {
  const pace = new DelayPace();
  for (let n = 0; n < 100; n++) pace.onQueue(0, 0);
  t.equal(pace.bytesPerSecond, FIRST_BACKGROUND_RATE);
  pace.onQueue(0, FIRST_BACKGROUND_RATE);
  t.equal(pace.bytesPerSecond, 2 * FIRST_BACKGROUND_RATE);
  t.end();
});

t.test('the least delay of late is that without a queue', (t) => {
  const base = new BaseDelay();
  t.equal(base.queueOf(50), 0, 'nobody knows yet');
  base.onMeasured(20, 0);
  base.onMeasured(70, 1_000);
  t.equal(base.queueOf(70), 50);
  base.onMeasured(40, BASE_DELAY_MINUTES * 60_000);
  t.equal(base.queueOf(70), 30, 'a way may have become longer');
  base.forget();
  t.equal(base.queueOf(70), 0);
  t.end();
});
