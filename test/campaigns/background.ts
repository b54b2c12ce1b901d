/**
 * `--background` on a real line: a link of 16 Mbit/s with a queue of 300 ms (tc tbf) between network
 * namespaces. Alone the download takes all of it; beside a usual transfer it leaves four fifths to that. Which rule
 * of congestion each sender follows is set here, because machines differ in what they do by themselves: CUBIC is what
 * most have, Reno what the standard describes (RFC 5681), and BBR hardly leaves a queue by which it could be seen.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MiB } from '../../src/net/limits.js';
import { runCampaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { MachineSwarm } from '../fixtures/machine-swarm.js';
import { Machines, type MachineProcess } from '../fixtures/machines.js';
import { oneNetwork, TRACKER } from '../fixtures/network-kinds.js';

const LINE_BYTES_PER_SECOND = 2_000_000;
/** What must come out of it; a short look sees chance, and a machine with other work. */
const LONG = { rampMs: 20_000, lookMs: 15_000, line: 0.85, share: 0.8, filmBytes: 448 * MiB };
const SHORT = { rampMs: 12_000, lookMs: 5_000, line: 0.5, share: 0.7, filmBytes: 256 * MiB };
/**
 * By then it has the line again: it waits for up to MAX_WAIT_MS and takes it by parts, and does so once more where
 * chance spoilt that.
 */
const BACK_WITHIN_MS = 45_000;
const OWN_RULE = 'cubic';
const USUAL_RULES = { short: ['cubic', 'bbr'], long: ['cubic', 'reno', 'bbr'] } as const;

/** Sends for ever to whoever comes. */
const SERVER = `
  require('net').createServer((socket) => {
    socket.on('error', () => undefined);
    const send = () => { while (socket.writable && socket.write(Buffer.alloc(65536))); };
    socket.on('drain', send); send();
  }).listen(9000, '::', () => console.log('ready'));
`;

/** Reads for ever, and says how much it has read. */
const CLIENT = `
  let bytes = 0;
  require('net').connect(9000, '192.0.2.10').on('data', (chunk) => (bytes += chunk.length));
  setInterval(() => console.log('read ' + bytes), 100);
`;

/** What the last line of that says. */
function bytesRead({ output }: MachineProcess): number {
  return Number(/read (\d+)\s*$/.exec(output)?.[1] ?? 0);
}

await runCampaign('background', async ({ isShort, folder, measured, say }) => {
  const { rampMs, lookMs, line, share, filmBytes } = isShort ? SHORT : LONG;
  const obstacle = (await Machines.obstacle()) ?? (await haveTool('tc', 'iproute2'));
  if (obstacle !== undefined) return say(`# skipped: ${obstacle}`);
  const known = await readFile('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8');
  const machines = await Machines.open(0);
  const swarm = new MachineSwarm(machines, join(folder, 'scene'), filmBytes);
  try {
    await oneNetwork(machines);
    /** Those that connect to ann from now on are sent to by that rule. */
    const sendBy = (rule: string): Promise<string> =>
      machines.ip('ann', 'route', 'change', '192.0.2.0/24', 'dev', 'eth0', 'congctl', rule);
    await sendBy(OWN_RULE);
    await swarm.writeFilm();
    await swarm.tracker('tracker');
    await swarm.shareFilm('ann', TRACKER);
    await swarm.serve('ann');
    await swarm.letIn('ann', 'ben', TRACKER);
    const port = machines.portOf('ben');
    await machines.sh(
      'switch',
      `tc qdisc add dev ${port} root tbf rate 16mbit burst 32k latency 300ms`,
    );
    await machines.start('ann', [process.execPath, '-e', SERVER]).line(/ready/, 30_000);
    /** Where processes wait for a processor their answers are late, which is no queue on the line. */
    const checkLine = (part: number, what: string): void => {
      const isBusy = (loadavg()[0] ?? 0) > availableParallelism();
      if (isBusy) say(`# not judged on a busy machine: ${what} ${percent(part)}`);
      else measured(part > line, `${what} ${percent(part)}`);
    };
    /** What the line carries to ben meanwhile, as a part of all that it can. */
    const lookAt = async (foreground?: MachineProcess): Promise<{ all: number; share: number }> => {
      const before = {
        all: await machines.sentTo('ben'),
        read: foreground && bytesRead(foreground),
      };
      const startMs = performance.now();
      await sleep(lookMs);
      const all = (await machines.sentTo('ben')) - before.all;
      const seconds = (performance.now() - startMs) / 1_000;
      const read = foreground ? bytesRead(foreground) - (before.read ?? 0) : 0;
      return { all: all / seconds / LINE_BYTES_PER_SECOND, share: read / all };
    };
    /** The most that it took, looked at until that is enough or it is too late. */
    const lookUntilFull = async (): Promise<{ all: number; afterMs: number }> => {
      const startMs = performance.now();
      for (let most = 0; ;) {
        most = Math.max(most, (await lookAt()).all);
        const afterMs = performance.now() - startMs;
        if (most > line || afterMs > BACK_WITHIN_MS) return { all: most, afterMs };
      }
    };
    void swarm.download('ben', 'ben', '--background');
    await swarm.whenBegun('ben');
    await sleep(rampMs);
    const alone = await lookUntilFull();
    checkLine(alone.all, 'alone it takes of the line');
    for (const rule of USUAL_RULES[isShort ? 'short' : 'long']) {
      if (!known.includes(rule)) {
        say(`# skipped: this machine does not know ${rule}`);
        continue;
      }
      await sendBy(rule);
      const foreground = machines.start('ben', [process.execPath, '-e', CLIENT]);
      await sleep(lookMs);
      const beside = await lookAt(foreground);
      measured(beside.share >= share, `a usual transfer by ${rule} gets ${percent(beside.share)}`);
      measured(beside.all > line, `and the line stays full: ${percent(beside.all)}`);
      await foreground.kill('SIGKILL');
      const again = await lookUntilFull();
      const seconds = (again.afterMs / 1_000).toFixed(0);
      checkLine(again.all, `when that has ended it takes, ${seconds} s later,`);
    }
  } finally {
    await machines.close();
  }
});

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
