/**
 * The clients of one process that makes load: opens them, has them ask in closed loops, and lets them
 * come back when their tracker was away. Owns the clients until `close`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { Latencies } from './latencies.js';
import { LateError, LeanClient } from './lean-client.js';
import type { LoadTarget, Order } from './orders.js';
import { Requests, type LoadKind } from './requests.js';
import { RivalRequests } from './rival-requests.js';
import { dialFate } from '../../src/main/tracker-link/dial-fate.js';
import { ReturnPace } from '../../src/main/tracker-link/return-pace.js';
import { isBusyAlert } from '../../src/net/busy-alert.js';
import { decodeReturnAdvice } from '../../src/net/return-advice.js';
import { seededRandom } from '../../test/fixtures/seeded-random.js';
import { addressOf, MEMBERS_PER_GROUP, type LoadWorld } from './world.js';

type OrderOf<O extends Order['order']> = Extract<Order, { readonly order: O }>;

/** Between two tries of an id that is not free yet. */
const FREE_LOOK_MS = 20;

interface Member {
  readonly index: number;
  readonly requests: Requests | undefined;
  readonly rivals: RivalRequests | undefined;
  client: LeanClient | undefined;
}

export class Fleet {
  readonly #world: LoadWorld;
  /** Tells what this process opens from what others do: the place of its first device. */
  readonly #first: number;
  #members: Member[] = [];
  #opened: OrderOf<'open'> | undefined;
  #comesBack:
    { readonly sinceMs: number; readonly back: Latencies; onAllBack: () => void } | undefined;
  #pushes = 0;
  #loops = 0;

  constructor(world: LoadWorld, first: number) {
    this.#world = world;
    this.#first = first;
  }

  /** Pushes that came so far. */
  get pushes(): number {
    return this.#pushes;
  }

  async open(order: OrderOf<'open'>): Promise<Latencies> {
    this.close();
    this.#opened = order;
    const latencies = new Latencies();
    this.#members = Array.from({ length: order.count }, (_, n) => this.#member(n, order.target));
    const queue = [...this.#members];
    const work = async (): Promise<void> => {
      for (let member = queue.shift(); member; member = queue.shift()) {
        const startedMs = performance.now();
        try {
          await this.#enter(member);
          latencies.add(performance.now() - startedMs);
        } catch (error) {
          latencies.addError((error as Error).message);
        }
      }
    };
    await Promise.all(Array.from({ length: order.atATime }, work));
    return latencies;
  }

  /** Every one of the first clients asks one thing after the other; the last ones of them may share meanwhile. */
  async loop({
    kind,
    count,
    forMs,
    seed,
    sharers = 0,
  }: OrderOf<'loop'>): Promise<{ latencies: Latencies; shares: number }> {
    const latencies = new Latencies();
    const shared = new Latencies();
    const run = ++this.#loops;
    const untilMs = performance.now() + forMs;
    const members = this.#members.slice(0, count).filter(({ client }) => client?.isOpen);
    const askers = members.length - sharers;
    const loops = members.map((member, place) => {
      const [what, times] =
        place < askers ? ([kind, latencies] as const) : (['share', shared] as const);
      const next = this.#asker(member, what, seed + member.index, run);
      return new Promise<void>((resolve) => ask(member.client!, next, untilMs, times, resolve));
    });
    await Promise.all(loops);
    latencies.take(shared);
    return { latencies, shares: shared.count };
  }

  /** All announce one file and watch it at the same moment. */
  async crowd({ count, file }: OrderOf<'crowd'>): Promise<Latencies> {
    const latencies = new Latencies();
    const startedMs = performance.now();
    await Promise.all(
      this.#members.slice(0, count).map(async ({ client, requests }) => {
        try {
          await client?.answer(requests!.announceOne(file));
          await client?.answer(requests!.aboutFile('watch', file));
          latencies.add(performance.now() - startedMs);
        } catch (error) {
          latencies.addError((error as Error).message);
        }
      }),
    );
    return latencies;
  }

  /**
   * One leaves its group, and makes one of the same id as soon as it may; meanwhile one asks again and again, and another one
   * shares. Answers the times of the one who asks, and when all was over.
   */
  async leave({ who, bystander, sharer }: OrderOf<'leave'>): Promise<{
    latencies: Latencies;
    elapsedMs: number;
    leftMs: number;
    longestShareMs: number;
  }> {
    const [leaver, other, changer] = [who, bystander, sharer].map((n) => this.#members[n]!) as [
      ...[Member, Member, Member],
    ];
    const startedMs = performance.now();
    const sinceStart = (): number => performance.now() - startedMs;
    let [leftMs, elapsedMs] = [0, 0];
    const gone = (async () => {
      await leaver.client!.answer(leaver.requests!.inGroup('leaveGroup'));
      leftMs = sinceStart();
      await madeAnew(leaver);
      elapsedMs = sinceStart();
    })();
    const timesOf = async (text: () => string, { client }: Member): Promise<Latencies> => {
      const latencies = new Latencies();
      do {
        const askedMs = performance.now();
        await client!.answer(text());
        latencies.add(performance.now() - askedMs);
      } while (elapsedMs === 0 && !(await isSettled(gone)));
      return latencies;
    };
    const [latencies, shares] = await Promise.all([
      timesOf(() => other.requests!.inGroup('ticket'), other),
      timesOf(() => changer.requests!.next('share'), changer),
    ]);
    await gone;
    return { latencies, elapsedMs, leftMs, longestShareMs: shares.summary().maxMs };
  }

  /** From now on who loses the connection comes back. */
  comeBack(): void {
    this.#comesBack = {
      sinceMs: performance.now(),
      back: new Latencies(),
      onAllBack: () => undefined,
    };
  }

  /** When each was back, from the first loss on. */
  untilBack(): Promise<Latencies> {
    const state = this.#comesBack;
    if (!state) throw new Error('nobody was told to come back');
    return new Promise((resolve) => {
      state.onAllBack = () => {
        if (state.back.count < this.#members.length) return;
        this.#comesBack = undefined;
        resolve(state.back);
      };
      state.onAllBack();
    });
  }

  drop(who: number): void {
    this.#members[who]?.client?.close();
  }

  close(): void {
    this.#comesBack = undefined;
    for (const { client } of this.#members.splice(0)) client?.close();
  }

  #member(n: number, target: LoadTarget): Member {
    const index = this.#first + n;
    const device = this.#world.devices[index]!;
    const random = seededRandom(index);
    const group = Math.floor(index / MEMBERS_PER_GROUP);
    const isProduct = target === 'product';
    return {
      index,
      requests: isProduct ? new Requests(device, this.#world.files, random) : undefined,
      rivals: isProduct
        ? undefined
        : new RivalRequests({ index, group, place: device.place }, random),
      client: undefined,
    };
  }

  #asker(member: Member, kind: LoadKind, seed: number, run: number): () => string {
    const { rivals, index } = member;
    if (rivals) return () => rivals.next();
    const requests = new Requests(
      this.#world.devices[index]!,
      this.#world.files,
      seededRandom(seed),
      run,
    );
    return () => requests.next(kind);
  }

  async #enter(member: Member): Promise<void> {
    const { port, target, isQuiet = false, announces = true } = this.#opened!;
    const { index, requests, rivals } = member;
    const device = this.#world.devices[index]!;
    const localAddress = addressOf(index);
    const isProduct = target === 'product';
    const client = await LeanClient.open({
      port,
      localAddress,
      path: isProduct ? '/v1' : '/',
      secure: isProduct
        ? createSecureContext({ key: device.keyPem, cert: device.certPem, ca: [] })
        : undefined,
      onPush: () => void this.#pushes++,
      onClosed: (reason) => void this.#onClosed(member, reason),
    });
    member.client = client;
    if (requests) {
      await client.answer(requests.resume(device.token));
      if (isQuiet) return;
      await client.answer(requests.goOnline(localAddress));
      if (announces) await client.answer(requests.announceAll());
    }
    for (const text of rivals?.announceAll() ?? []) await client.answer(text);
  }

  /** Waits and dials as the product does. */
  async #onClosed(member: Member, reason: string): Promise<void> {
    const state = this.#comesBack;
    if (!state) return;
    const pace = new ReturnPace(decodeReturnAdvice(reason), Math.random);
    while (this.#comesBack === state) {
      await new Promise((resolve) => setTimeout(resolve, pace.nextMs()));
      try {
        await this.#enter(member);
      } catch (error) {
        state.back.addError((error as Error).message);
        if (isBusyAlert(error)) state.back.sentBack++;
        if (error instanceof LateError) state.back.late++;
        pace.onFailed(dialFate(error));
        continue;
      }
      state.back.add(performance.now() - state.sinceMs);
      return state.onAllBack();
    }
  }
}

function ask(
  client: LeanClient,
  next: () => string,
  untilMs: number,
  latencies: Latencies,
  onEnd: () => void,
): void {
  let askedMs = performance.now();
  if (!client.isOpen) return onEnd();
  const onAnswer = (isError: boolean, payload: Buffer): void => {
    const nowMs = performance.now();
    latencies.add(nowMs - askedMs);
    if (isError) latencies.addError(payload.toString('utf8'));
    if (nowMs >= untilMs || !client.isOpen) return onEnd();
    askedMs = nowMs;
    client.ask(next(), onAnswer);
  };
  client.ask(next(), onAnswer);
}

/** Whether a promise has an end by now. */
/** Makes a group of the id that the client's had, when that is free. */
async function madeAnew({ client, requests }: Member): Promise<void> {
  for (;;) {
    try {
      await client!.answer(requests!.inGroup('createGroup'));
      return;
    } catch (error) {
      if (!(error as Error).message.includes('"BUSY"')) throw error;
      await pause(FREE_LOOK_MS);
    }
  }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const no = Symbol('no');
  return (await Promise.race([promise, Promise.resolve(no)])) !== no;
}
