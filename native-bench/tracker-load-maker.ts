/**
 * One process that makes load for `bench:tracker`: takes orders by lines and answers each with a line. It
 * ends with its standard input.
 *   node dist/native-bench/tracker-load-maker.js WORLD FIRST
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Fleet } from './tracker-load/fleet.js';
import { Latencies } from './tracker-load/latencies.js';
import type { Order, OrderResult, Reply } from './tracker-load/orders.js';
import type { LoadWorld } from './tracker-load/world.js';

const [worldPath = '', first = '0'] = process.argv.slice(2);
const world = JSON.parse(readFileSync(worldPath, 'utf8')) as LoadWorld;
const fleet = new Fleet(world, Number(first));

interface Done {
  readonly latencies: Latencies;
  readonly elapsedMs?: number;
  readonly shares?: number;
  readonly leftMs?: number;
  readonly longestShareMs?: number;
}

async function carryOut(order: Order): Promise<Done> {
  switch (order.order) {
    case 'open':
      return { latencies: await fleet.open(order) };
    case 'loop':
      return fleet.loop(order);
    case 'crowd':
      return { latencies: await fleet.crowd(order) };
    case 'leave':
      return fleet.leave(order);
    case 'comeBack':
      fleet.comeBack();
      return { latencies: new Latencies() };
    case 'untilBack':
      return { latencies: await fleet.untilBack() };
    case 'drop':
      fleet.drop(order.who);
      return { latencies: new Latencies() };
    case 'close':
      fleet.close();
      return { latencies: new Latencies() };
  }
}

async function replyTo(order: Order): Promise<OrderResult> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const done = await carryOut(order);
  const { latencies, elapsedMs = performance.now() - startedMs, ...rest } = done;
  const { user, system } = process.cpuUsage(before);
  return {
    requests: latencies.count,
    errors: latencies.errors,
    sentBack: latencies.sentBack,
    late: latencies.late,
    elapsedMs,
    ...latencies.summary(),
    cpuMs: (user + system) / 1000,
    ...rest,
    ...(latencies.refusal !== undefined && { refusal: latencies.refusal }),
  };
}

const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  const reply: Reply = await replyTo(JSON.parse(line) as Order).catch((error: unknown) => ({
    failure: (error as Error).message,
  }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
