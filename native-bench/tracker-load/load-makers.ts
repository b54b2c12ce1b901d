/** The processes that make the load: one, or several where one could not make enough. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trackerLoadMaker } from '../paths.js';
import type { Processes, Running } from '../processes.js';
import type { Order, OrderResult, Reply } from './orders.js';
import type { LoadWorld } from './world.js';

/** No order takes so long: 10,000 clients come in within three minutes on two cores. */
const ORDER_TIMEOUT_MS = 15 * 60_000;

export class LoadMakers {
  readonly #makers: readonly Running[];
  /** Clients of each. */
  readonly #share: number;

  private constructor(makers: readonly Running[], share: number) {
    this.#makers = makers;
    this.#share = share;
  }

  static async start(
    processes: Processes,
    folder: string,
    world: LoadWorld,
    makers: number,
  ): Promise<LoadMakers> {
    const path = join(folder, 'world.json');
    await writeFile(path, JSON.stringify(world), { mode: 0o600 });
    const share = Math.ceil(world.devices.length / makers);
    const started = Array.from({ length: makers }, (_, n) =>
      processes.start({
        program: process.execPath,
        args: [trackerLoadMaker, path, String(n * share)],
      }),
    );
    return new LoadMakers(started, share);
  }

  /** Has all of them do a thing; a count of clients is shared out. */
  async order(order: Order): Promise<OrderResult> {
    const results = await Promise.all(
      this.#makers.map((maker, n) => orderOne(maker, this.#partOf(order, n))),
    );
    return results.reduce(together);
  }

  /** Has the first one do a thing. */
  orderFirst(order: Order): Promise<OrderResult> {
    return orderOne(this.#makers[0]!, order);
  }

  #partOf(order: Order, n: number): Order {
    if (!('count' in order)) return order;
    const count = Math.max(0, Math.min(this.#share, order.count - n * this.#share));
    return { ...order, count };
  }
}

async function orderOne(maker: Running, order: Order): Promise<OrderResult> {
  maker.writeLine(JSON.stringify(order));
  const reply = JSON.parse(await withinBound(maker.nextLine(), order.order)) as Reply;
  if ('failure' in reply) throw new Error(`${order.order}: ${reply.failure}`);
  return reply;
}

async function withinBound(line: Promise<string>, order: string): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${order}: no answer in ${ORDER_TIMEOUT_MS / 60_000} min`)),
      ORDER_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([line, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of two that did a thing at the same time; the middle of times is that of whoever did more. */
function together(one: OrderResult, other: OrderResult): OrderResult {
  const larger = one.requests >= other.requests ? one : other;
  const refusal = one.refusal ?? other.refusal;
  const shares = (one.shares ?? 0) + (other.shares ?? 0);
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    sentBack: one.sentBack + other.sentBack,
    late: one.late + other.late,
    elapsedMs: Math.max(one.elapsedMs, other.elapsedMs),
    p50Ms: larger.p50Ms,
    p99Ms: Math.max(one.p99Ms, other.p99Ms),
    maxMs: Math.max(one.maxMs, other.maxMs),
    cpuMs: one.cpuMs + other.cpuMs,
    ...(shares > 0 && { shares }),
    ...(refusal !== undefined && { refusal }),
  };
}
