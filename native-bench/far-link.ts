/**
 * A long way between two network namespaces of this machine, run by far-link.cpp, and a contestant on
 * it: who serves is at one end, who fetches at the other. Each contestant has a way of its own, which is
 * gone with its processes. Needs root.
 */
import { spawnSync } from 'node:child_process';
import type { Contestant, Metrics } from './contestant.js';
import { programMissing } from './built-program.js';
import { farLinkProgram, farLinkSource } from './paths.js';
import type { Command, Processes, Running } from './processes.js';
import type { Site } from './site.js';

export interface Way {
  readonly mbitPerSecond: number;
  readonly roundTripMs: number;
  /** What waits before a packet is dropped. */
  readonly queueKiB: number;
  readonly congestionControl: 'cubic' | 'bbr';
}

const SERVING_HOST = '10.77.0.1';
const FETCHING_HOST = '10.77.0.2';
/** As a server that is meant for such ways is set up. */
const SYSCTLS = [
  'net.ipv4.tcp_wmem=4096 65536 67108864',
  'net.ipv4.tcp_rmem=4096 131072 67108864',
  // What one run has learnt is no help to the next one.
  'net.ipv4.tcp_no_metrics_save=1',
];

const ALLOWED_RULES = 'net.ipv4.tcp_allowed_congestion_control';

let wayCount = 0;

/** A contestant on a way; `of` makes it for the site. */
export function overDistance(way: Way, of: (site: Site) => Contestant): Contestant {
  const plan = of(siteOf('', ''));
  const { name, about, isProduct = false } = plan;
  return {
    ...{ name, about, isProduct },
    missing: async () => (await wayMissing(way)) ?? (await plan.missing()),
    open: async (stage) => {
      const link = await openWay(way, stage.processes);
      const run = await of(link.site).open(stage);
      return async () => {
        await link.take();
        const metrics = await run();
        return { ...metrics, ...shareOf(way, await link.take()) };
      };
    },
  };
}

/** Why no way can be made here; undefined when it can. */
async function wayMissing({ congestionControl }: Way): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'a long way needs network namespaces, and they need root';
  const known = spawnSync('sysctl', ['-n', 'net.ipv4.tcp_available_congestion_control']);
  if (!String(known.stdout).split(/\s/).includes(congestionControl)) {
    return `this kernel has no ${congestionControl}; modprobe tcp_${congestionControl}`;
  }
  // In a network namespace only those of this list can be set.
  const allowed = spawnSync('sysctl', ['-n', ALLOWED_RULES]);
  const rules = String(allowed.stdout).trim();
  if (!rules.split(/\s/).includes(congestionControl)) {
    return `this kernel keeps ${congestionControl} to itself; sysctl -w ${ALLOWED_RULES}="${rules} ${congestionControl}"`;
  }
  return programMissing(farLinkProgram, farLinkSource, []);
}

interface Taken {
  readonly bytes: number;
  readonly middleMs: number;
}

interface OpenWay {
  readonly site: Site;
  /** What came to who fetches since it was last taken. */
  take(): Promise<Taken>;
}

async function openWay(way: Way, processes: Processes): Promise<OpenWay> {
  wayCount++;
  const [a, b] = [`p2p-a${process.pid}-${wayCount}`, `p2p-b${process.pid}-${wayCount}`];
  processes.onClose(() => [a, b].forEach((name) => spawnSync('ip', ['netns', 'del', name])));
  for (const name of [a, b]) {
    await ip(processes, ['netns', 'add', name]);
    await ip(processes, ['-n', name, 'link', 'set', 'lo', 'up']);
  }
  const { mbitPerSecond, roundTripMs, queueKiB } = way;
  const numbers = [mbitPerSecond, roundTripMs / 2, queueKiB].map(String);
  const link = processes.start({ program: farLinkProgram, args: [a, b, ...numbers] });
  await link.nextLine();
  for (const [name, host] of [
    [a, SERVING_HOST],
    [b, FETCHING_HOST],
  ] as const) {
    await ip(processes, ['-n', name, 'addr', 'add', `${host}/24`, 'dev', 'far0']);
    await ip(processes, ['-n', name, 'link', 'set', 'far0', 'up', 'txqueuelen', '10000']);
    const congestion = `net.ipv4.tcp_congestion_control=${way.congestionControl}`;
    const args = ['-qw', congestion, ...SYSCTLS];
    await processes.run(inside(name, { program: 'sysctl', args }));
  }
  return { site: siteOf(a, b, processes), take: () => take(link) };
}

async function take(link: Running): Promise<Taken> {
  link.writeLine('');
  return JSON.parse(await link.nextLine()) as Taken;
}

function siteOf(serving: string, fetching: string, processes?: Processes): Site {
  return {
    servingHost: SERVING_HOST,
    fetchingHost: FETCHING_HOST,
    serving: (command) => inside(serving, command),
    fetching: (command) => inside(fetching, command),
    untilListening: async (port) => {
      const url = `https://${SERVING_HOST}:${port}/`;
      const patience = ['--retry', '20', '--retry-delay', '1', '--retry-connrefused'];
      const args = ['--silent', '--insecure', ...patience, '--output', '/dev/null', url];
      await processes?.run(inside(serving, { program: 'curl', args }));
    },
  };
}

function inside(namespace: string, { program, args, ...more }: Command): Command {
  return { ...more, program: 'ip', args: ['netns', 'exec', namespace, program, ...args] };
}

async function ip(processes: Processes, args: readonly string[]): Promise<void> {
  await processes.run({ program: 'ip', args });
}

/** The part of the way that the middle half of the bytes filled; headers count, as they do on a wire. */
function shareOf({ mbitPerSecond }: Way, { bytes, middleMs }: Taken): Metrics {
  return { linkPercent: (((bytes / 2) * 8) / 1000 / middleMs / mbitPerSecond) * 100 };
}
