/** How much is asked for ahead; a number for a clock. */
import t from 'tap';
import { MAX_PIPELINE_LATENCY_MS, PIPELINE_TIME_MS } from '../../../src/net/limits.js';
import { PipelineGauge } from '../../../src/workers/fetching/pipeline-gauge.js';

const LEAST = 1_000;

class Scene {
  nowMs = 500;
  readonly gauge = new PipelineGauge(LEAST, () => this.nowMs);

  /** A question that is answered after this long. */
  answeredAfter(ms: number): void {
    this.gauge.onAsked();
    this.nowMs += ms;
    this.gauge.onAnswered();
  }

  /** The peer goes on delivering at a rate, and is measured after each such time. */
  delivers(bytesPerMs: number, ms: number): void {
    for (let time = 0; time < 2; time++) this.begins(bytesPerMs, ms);
  }

  /** So much comes at the end of this time. */
  comes(bytesPerMs: number, ms: number): void {
    this.nowMs += ms;
    this.gauge.onReceived(bytesPerMs * ms);
  }

  /** The peer delivers at a rate for so long, and is measured. */
  begins(bytesPerMs: number, ms: number): void {
    this.nowMs += ms;
    this.gauge.onReceived(bytesPerMs * ms);
    this.gauge.measure();
    this.gauge.takeReceived();
  }
}

t.test('before anything is known it is the least', async (t) => {
  const { gauge } = new Scene();
  t.equal(gauge.targetBytes, LEAST);
});

t.test('it is what comes in twice the latency and a little, and never less', async (t) => {
  const scene = new Scene();
  scene.gauge.start();
  scene.answeredAfter(2);
  scene.gauge.start();
  scene.delivers(10_000, 250);
  t.equal(scene.gauge.targetBytes, 10_000 * (2 * 2 + PIPELINE_TIME_MS));
  scene.delivers(1, 250);
  t.equal(scene.gauge.targetBytes, LEAST);
});

t.test(
  'the best latency counts, and one that is too long to be the way counts as the most',
  async (t) => {
    const scene = new Scene();
    scene.gauge.start();
    scene.delivers(10_000, 250);
    const atMost = 10_000 * (2 * MAX_PIPELINE_LATENCY_MS + PIPELINE_TIME_MS);
    t.equal(scene.gauge.targetBytes, atMost, 'none is known');
    scene.answeredAfter(MAX_PIPELINE_LATENCY_MS * 3);
    const ofFar = 10_000 * (6 * MAX_PIPELINE_LATENCY_MS + PIPELINE_TIME_MS);
    t.equal(scene.gauge.targetBytes, ofFar);
    scene.answeredAfter(1);
    scene.answeredAfter(4);
    t.equal(scene.gauge.targetBytes, 10_000 * (2 + PIPELINE_TIME_MS));
  },
);

t.test('an answer that nobody waits for tells nothing', async (t) => {
  const scene = new Scene();
  scene.gauge.start();
  scene.answeredAfter(4);
  scene.nowMs += 1;
  scene.gauge.onAnswered();
  scene.gauge.start();
  scene.delivers(10_000, 250);
  t.equal(scene.gauge.targetBytes, 10_000 * (2 * 4 + PIPELINE_TIME_MS));
});

t.test('a late timer does not make the peer look faster', async (t) => {
  const scene = new Scene();
  scene.answeredAfter(1);
  scene.gauge.start();
  scene.delivers(10_000, 250);
  const before = scene.gauge.targetBytes;
  scene.delivers(10_000, 900);
  t.equal(scene.gauge.targetBytes, before);
});

t.test('received bytes are taken once', async (t) => {
  const { gauge } = new Scene();
  gauge.onReceived(3);
  gauge.onReceived(4);
  t.equal(gauge.takeReceived(), 7);
  t.equal(gauge.takeReceived(), 0);
});

t.test('near, while the rate grows, twice as much is asked for ahead', async (t) => {
  const scene = new Scene();
  scene.answeredAfter(5);
  scene.gauge.start();
  scene.begins(1_000, 250);
  scene.begins(2_000, 250);
  t.equal(scene.gauge.targetBytes, 2_000 * (4 * 5 + PIPELINE_TIME_MS));
  scene.begins(2_100, 250);
  t.equal(scene.gauge.targetBytes, 2_100 * (2 * 5 + PIPELINE_TIME_MS), 'as fast as it gets');
});

t.test('far, it is measured once a round trip, until that has not grown for three', async (t) => {
  const scene = new Scene();
  scene.gauge.onReached(100);
  scene.gauge.start();
  const ahead = (latencies: number) => latencies * 100 + PIPELINE_TIME_MS;
  for (const rate of [1_000, 2_000, 4_000]) scene.comes(rate, 100);
  t.equal(scene.gauge.targetBytes, 4_000 * ahead(6), 'it starts');
  for (const rate of [4_100, 4_000]) scene.comes(rate, 100);
  t.equal(scene.gauge.targetBytes, 4_000 * ahead(6), 'it may go on growing');
  scene.comes(4_000, 100);
  t.equal(scene.gauge.targetBytes, 4_000 * ahead(2), 'the way is full');
  scene.comes(6_000, 100);
  t.equal(scene.gauge.targetBytes, 6_000 * ahead(6), 'there is room again');
});

t.test(
  'far, a round trip that was slower, or in which nothing came, is soon made up for',
  async (t) => {
    const scene = new Scene();
    scene.gauge.onReached(100);
    scene.gauge.start();
    for (let round = 0; round < 4; round++) scene.comes(4_000, 100);
    const { targetBytes } = scene.gauge;
    scene.comes(1_000, 100);
    t.equal(scene.gauge.targetBytes, targetBytes * 0.9);
    scene.nowMs += 100;
    scene.gauge.measure();
    t.equal(scene.gauge.targetBytes, targetBytes * 0.9 * 0.9);
    for (let round = 0; round < 60; round++) scene.comes(10, 100);
    t.equal(scene.gauge.targetBytes, 10 * (2 * 100 + PIPELINE_TIME_MS), 'it has become slow');
  },
);

t.test('far, what comes within a round trip waits for its end', async (t) => {
  const scene = new Scene();
  scene.gauge.onReached(100);
  scene.gauge.start();
  scene.comes(1_000_000, 99);
  scene.gauge.measure();
  t.equal(scene.gauge.targetBytes, LEAST);
});
