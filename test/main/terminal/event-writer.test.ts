/** What nobody reads takes a bounded place, and what had none is told as a number. */
import { Writable } from 'node:stream';
import t from 'tap';
import { MAX_EVENTS_WAITING_BYTES } from '../../../src/net/limits.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { EventWriter } from '../../../src/main/terminal/event-writer.js';
import { EventsOutput } from '../../../src/main/terminal/events-output.js';
import { eventText } from '../../../src/main/terminal/event-json.js';

/** Takes nothing until it is told to. */
class HeldStream extends Writable {
  text = '';
  #held: (() => void) | undefined;
  #isOpen = false;

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.text += bytes.toString();
    if (this.#isOpen) done();
    else this.#held = done;
  }

  async open(): Promise<void> {
    this.#isOpen = true;
    const drained = new Promise((resolve) => this.once('drain', resolve));
    this.#held?.();
    await drained;
  }

  get events(): { event: string; events?: number; time: number }[] {
    const lines = this.text.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as { event: string; time: number });
  }
}

const news: ClientEvent = { type: 'share-ended', groupId: 'g'.repeat(1_000), fileName: 'f' };
const TIMES = 3_000;
/** Of one line more than what may wait. */
const MOST = MAX_EVENTS_WAITING_BYTES + 2_000;

t.test('a stream that takes nothing holds no more than the bound', async (t) => {
  const stdout = new HeldStream();
  const writer = new EventWriter({ stdout, lineOf: eventText });
  for (let atMs = 1; atMs <= TIMES; atMs++) writer.write(news, atMs);
  writer.write({ type: 'lost', events: 10 }, TIMES + 1);
  t.ok(stdout.writableLength <= MOST, `${stdout.writableLength} bytes`);
  t.equal(stdout.listenerCount('drain'), 1);
  await stdout.open();
  const told = stdout.events;
  const lost = told.at(-1);
  t.match(lost, { event: 'lost', time: TIMES + 1 });
  t.equal(told.length - 1 + lost!.events!, TIMES + 10, 'each is told or counted');
  writer.write(news, TIMES + 2);
  t.match(stdout.events.at(-1), { event: 'share-ended', time: TIMES + 2 });
  t.equal(stdout.listenerCount('drain'), 0);
});

t.test('what a command is and comes to is never left out', async (t) => {
  const stdout = new HeldStream();
  const out = new EventsOutput({ stdout, nowMs: () => 7 });
  for (let atMs = 1; atMs <= TIMES; atMs++) out.event(news, atMs);
  for (let count = 0; count < TIMES; count++) out.note('n'.repeat(1_000));
  t.ok(stdout.writableLength <= MOST, `${stdout.writableLength} bytes`);
  out.ready({ pid: 1 });
  out.event(news, 8);
  out.settle();
  t.ok(stdout.writableLength <= MOST + 2_000, `${stdout.writableLength} bytes`);
  await stdout.open();
  const told = stdout.events;
  t.same(
    told.slice(-4).map(({ event }) => event),
    ['lost', 'ready', 'lost', 'result'],
  );
  const lost = told.reduce((sum, { events = 0 }) => sum + events, 0);
  t.equal(told.length - 4 + lost, 2 * TIMES + 1);
});
