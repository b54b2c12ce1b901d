/**
 * Syncthing: two instances that know only each other. What counts is the time from the start of
 * fetching to its end by its own events; its start and its scan are left out, as it never stops
 * in daily use. The receiver starts afresh each round, or it would know the file already.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { freePort } from '../free-port.js';
import { megabytesPerSecond } from '../metrics.js';
import { canRun, type Processes, type Running } from '../processes.js';

const FOLDER_ID = 'bench';
const API_KEY = 'bench-of-this-machine';
const START_TIMEOUT_MS = 60_000;
const TRANSFER_TIMEOUT_MS = 600_000;
const POLL_MS = 50;

export function syncthing(source: Source): Contestant {
  return {
    name: 'Syncthing',
    about: 'SHA-256, TLS 1.3',
    missing: async () =>
      (await canRun('syncthing', ['--version']))
        ? undefined
        : 'no syncthing; npm run bench:setup installs it',
    open: (stage) => open(source, stage),
  };
}

/** One instance: where it lives and how it is reached. */
interface Instance {
  readonly home: string;
  readonly deviceId: string;
  readonly listenPort: number;
  readonly apiPort: number;
}

/** An entry of its log of states. */
interface StateChange {
  readonly id: number;
  readonly time: string;
  readonly data: { readonly to: string };
}

interface FolderStatus {
  readonly state: string;
  readonly globalBytes: number;
  readonly needFiles: number;
  readonly pullErrors: number;
}

async function open(source: Source, { folder, processes }: Stage): Promise<() => Promise<Metrics>> {
  const sender = await generate(processes, join(folder, 'sender'));
  const receiver = await generate(processes, join(folder, 'receiver'));
  const destination = join(folder, 'out');
  await mkdir(join(source.folder, '.stfolder'), { recursive: true });
  await configure(sender, receiver, source.folder, 'sendonly');
  await configure(receiver, sender, destination, 'receiveonly');
  start(processes, sender, false);
  await untilScanned(sender, source);
  const fresh = join(folder, 'receiver-fresh');
  await cp(receiver.home, fresh, { recursive: true });
  return async () => {
    await emptyFolder(destination);
    await mkdir(join(destination, '.stfolder'));
    await emptyFolder(receiver.home);
    await cp(fresh, receiver.home, { recursive: true });
    const running = start(processes, receiver, true);
    const elapsedMs = await transferMs(receiver, source);
    const peakBytes = running.peakBytes();
    await running.stop();
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    return {
      peakMB: peakBytes / 1e6,
      ...(source.names.length > 1
        ? { filesPerSecond: (source.names.length * 1000) / elapsedMs }
        : { steadyMBps: megabytesPerSecond(source.size, elapsedMs) }),
    };
  };
}

async function generate(processes: Processes, home: string): Promise<Instance> {
  await mkdir(home, { recursive: true });
  const args = ['generate', `--home=${home}`, '--no-default-folder'];
  await processes.run({ program: 'syncthing', args });
  const config = await readFile(join(home, 'config.xml'), 'utf8');
  const deviceId = /<device id="([A-Z0-9-]+)"/.exec(config)?.[1];
  if (deviceId === undefined) throw new Error('syncthing made a configuration without a device');
  return { home, deviceId, listenPort: await freePort(), apiPort: await freePort() };
}

/** Everything that would talk to others than the peer is off. */
async function configure(
  own: Instance,
  peer: Instance,
  path: string,
  type: 'sendonly' | 'receiveonly',
): Promise<void> {
  const address = (port: number): string => `tcp://127.0.0.1:${port}`;
  const text = `<configuration version="36">
  <folder id="${FOLDER_ID}" path="${path}" type="${type}" rescanIntervalS="0" fsWatcherEnabled="false">
    <device id="${own.deviceId}"></device>
    <device id="${peer.deviceId}"></device>
  </folder>
  <device id="${own.deviceId}" name="own"><address>dynamic</address></device>
  <device id="${peer.deviceId}" name="peer"><address>${address(peer.listenPort)}</address></device>
  <gui enabled="true" tls="false">
    <address>127.0.0.1:${own.apiPort}</address>
    <apikey>${API_KEY}</apikey>
  </gui>
  <options>
    <listenAddress>${address(own.listenPort)}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <stunServer></stunServer>
    <startBrowser>false</startBrowser>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <setLowPriority>false</setLowPriority>
    <reconnectionIntervalS>1</reconnectionIntervalS>
  </options>
</configuration>
`;
  await writeFile(join(own.home, 'config.xml'), text);
}

function start(processes: Processes, { home }: Instance, isWatched: boolean): Running {
  const args = ['serve', `--home=${home}`, '--no-browser', '--no-restart', '--no-upgrade'];
  return processes.start({ program: 'syncthing', args, env: { STNOUPGRADE: '1' } }, isWatched);
}

async function untilScanned(sender: Instance, { size }: Source): Promise<void> {
  await untilAnswered(async () => {
    const status = await statusOf(sender);
    return status.state === 'idle' && status.globalBytes === size ? true : undefined;
  });
}

function statusOf(instance: Instance): Promise<FolderStatus> {
  return ask(instance, `/rest/db/status?folder=${FOLDER_ID}`);
}

/**
 * From the moment it begins to fetch to the one at which it wants nothing more, by the receiver's log of states. (Of the
 * log of files it keeps the last thousand, so that who asks late misses some.)
 */
async function transferMs(receiver: Instance, { size }: Source): Promise<number> {
  const lastMs = performance.now() + TRANSFER_TIMEOUT_MS;
  let since = 0;
  let firstMs = Infinity;
  while (performance.now() < lastMs) {
    const query = `since=${since}&timeout=1&events=StateChanged`;
    const changes = await untilAnswered(() =>
      ask<StateChange[]>(receiver, `/rest/events?${query}`),
    );
    for (const { id, time, data } of changes) {
      since = id;
      if (data.to === 'syncing') firstMs = Math.min(firstMs, timeMs(time));
      if (data.to !== 'idle' || firstMs === Infinity) continue;
      const { globalBytes, needFiles, pullErrors } = await statusOf(receiver);
      if (pullErrors > 0) throw new Error(`syncthing could not fetch ${pullErrors} files`);
      if (globalBytes === size && needFiles === 0) return timeMs(time) - firstMs;
    }
  }
  throw new Error('syncthing did not come to an end');
}

/** Its times have nanoseconds, of which Date would lose what is below a millisecond. */
function timeMs(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '0';
  return Math.floor(Date.parse(time) / 1000) * 1000 + Number(`0.${fraction}`) * 1000;
}

/** Asks again until there is an answer: an instance that starts refuses connections at first. */
async function untilAnswered<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const lastMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (performance.now() > lastMs) throw error;
    }
    if (performance.now() > lastMs) throw new Error('syncthing did not get ready');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function ask<T>({ apiPort }: Instance, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: apiPort, path, headers: { 'X-API-Key': API_KEY } };
    const asking = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`syncthing answered ${response.statusCode} to ${path}: ${text}`));
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}
