/** Cases in which something happens once: everybody connects, or comes back, or leaves. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, Metrics } from '../contestant.js';
import { productUnderLoad, requireFine, type LoadOptions, type LoadStage } from './contestants.js';
import type { OrderResult } from './orders.js';

const AT_A_TIME = 16;
/** The file to which a crowd comes. */
const CROWD_FILE = 0;
/** So many of the crowd go, one after the other. */
const LEAVERS = 20;
/** What was told to all has been sent. */
const SETTLING_MS = 4_000;

function caseOf(
  name: string,
  title: string,
  options: LoadOptions,
  run: (stage: LoadStage) => Promise<Metrics>,
): BenchCase {
  const reference = 'p2p tracker';
  return { name, title, reference, contestants: async () => [productUnderLoad(options, run)] };
}

/** TLS with a device key, WebSocket, resume; nothing else. */
export function connectCase(options: LoadOptions): BenchCase {
  const title = `connect and resume; ${options.connections} clients, ${AT_A_TIME} at a time`;
  return caseOf('connect', title, options, async (stage) => {
    const before = stage.tracker.processorMs;
    const result = await open(stage, options, true);
    const cpuMs = stage.tracker.processorMs - before;
    await stage.makers.order({ order: 'close' });
    return perClient(result, cpuMs);
  });
}

/** The tracker is killed and started at once; clients come back, go online and announce. */
export function stormCase(options: LoadOptions): BenchCase {
  const title = `kill and restart with ${options.connections} clients`;
  return caseOf('storm', title, options, (stage) =>
    comeBack(stage, options, (tracker) => tracker.kill()),
  );
}

/** The same of a tracker that is stopped in order, and so can say when to come back. */
export function restartCase(options: LoadOptions): BenchCase {
  const title = `stop and restart with ${options.connections} clients`;
  return caseOf('restart', title, options, (stage) =>
    comeBack(stage, options, (tracker) => tracker.stop()),
  );
}

async function comeBack(
  stage: LoadStage,
  options: LoadOptions,
  end: (tracker: LoadStage['tracker']) => Promise<void>,
): Promise<Metrics> {
  const { tracker, makers } = stage;
  await open(stage, options, false);
  await makers.order({ order: 'comeBack' });
  await end(tracker);
  const started = performance.now();
  await tracker.start();
  const startMs = performance.now() - started;
  const result = await makers.order({ order: 'untilBack' });
  const cpuMs = tracker.processorMs;
  await makers.order({ order: 'close' });
  return {
    startMs,
    allMs: result.maxMs,
    middleMs: result.p50Ms,
    trackerUsPerRequest: (cpuMs * 1000) / options.connections,
    failures: result.errors,
    sentBack: result.sentBack,
    late: result.late,
  };
}

/** All devices announce and watch one file at the same moment. */
export function crowdCase(options: LoadOptions): BenchCase {
  const { connections } = options;
  const title = `${connections} devices of one group come to one file`;
  return caseOf('crowd', title, { ...options, membersPerGroup: connections }, async (stage) => {
    const { tracker, makers } = stage;
    requireFine(await open(stage, options, false, true));
    const before = tracker.processorMs;
    const crowd = { order: 'crowd', count: connections, file: CROWD_FILE } as const;
    const result = requireFine(await makers.order(crowd));
    const cpuMs = tracker.processorMs - before;
    await sleep(SETTLING_MS);
    const beforeLeaving = tracker.processorMs;
    for (let who = 0; who < LEAVERS; who++) await makers.order({ order: 'drop', who });
    await sleep(SETTLING_MS);
    const leaveUs = ((tracker.processorMs - beforeLeaving) * 1_000) / LEAVERS;
    await makers.order({ order: 'close' });
    return { ...perClient(result, cpuMs), allMs: result.maxMs, middleMs: result.p50Ms, leaveUs };
  });
}

/** A group with many files ends with its last member; others ask and share meanwhile. */
export function endsCase(options: LoadOptions): BenchCase {
  const { connections, extraFiles } = options;
  const title = `a group with ${extraFiles} files ends while one asks for tickets and one shares`;
  const contestant = (): ReturnType<typeof productUnderLoad> =>
    productUnderLoad(options, async (stage) => {
      const { tracker, makers } = stage;
      requireFine(await open(stage, options, true));
      const before = tracker.processorMs;
      const leave = { order: 'leave', who: connections - 1, bystander: 0, sharer: 1 } as const;
      const result = requireFine(await makers.orderFirst(leave));
      return {
        allMs: result.elapsedMs,
        leftMs: result.leftMs ?? 0,
        shareMaxMs: result.longestShareMs ?? 0,
        answerP50Ms: result.p50Ms,
        answerMaxMs: result.maxMs,
        trackerMs: tracker.processorMs - before,
      };
    });
  return { name: 'ends', title, reference: 'p2p tracker', contestants: async () => [contestant()] };
}

async function open(
  { tracker, makers }: Pick<LoadStage, 'tracker' | 'makers'>,
  { connections }: LoadOptions,
  isQuiet: boolean,
  isHidden = false,
): Promise<OrderResult> {
  const order = { order: 'open', target: 'product', count: connections } as const;
  const how = { atATime: AT_A_TIME, isQuiet, announces: !isHidden };
  return requireFine(await makers.order({ ...order, ...how, port: tracker.port }));
}

function perClient({ requests, elapsedMs, cpuMs }: OrderResult, trackerMs: number): Metrics {
  return {
    requestsPerSecond: (requests * 1000) / elapsedMs,
    trackerUsPerRequest: (trackerMs * 1000) / requests,
    makerUsPerRequest: (cpuMs * 1000) / requests,
  };
}
