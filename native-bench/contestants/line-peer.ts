/**
 * BitTorrent libraries behind one small script each (peers/): a peer says on which port it
 * listens, is told the ports of others, and says when it is done. Lines of JSON, both ways.
 */
import { join } from 'node:path';
import type { Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import type { Processes, Running } from '../processes.js';
import { loopback } from '../site.js';
import { writeTorrent } from '../torrent-file.js';

/** How the script of one library is run. */
export interface PeerScript {
  readonly program: string;
  readonly args: readonly string[];
}

/** One peer process; `seed` has the file, `fetch` ends once it has it, `stay` does not end. */
export class LinePeer {
  readonly #running: Running;
  readonly port: number;

  private constructor(running: Running, port: number) {
    this.#running = running;
    this.port = port;
  }

  static async start(
    processes: Processes,
    script: PeerScript,
    mode: 'seed' | 'fetch' | 'stay',
    torrent: string,
    folder: string,
    upBytesPerSecond = 0,
    site = loopback,
  ): Promise<LinePeer> {
    const host = mode === 'seed' ? site.servingHost : site.fetchingHost;
    const args = [...script.args, mode, torrent, folder, String(upBytesPerSecond), host];
    const command = { program: script.program, args };
    const placed = mode === 'seed' ? site.serving(command) : site.fetching(command);
    const running = processes.start(placed, mode === 'fetch');
    const { port } = JSON.parse(await running.nextLine()) as { port: number };
    return new LinePeer(running, port);
  }

  connect(ports: readonly number[], host = loopback.servingHost): void {
    this.#running.writeLine(JSON.stringify({ connect: ports, host }));
  }

  /** Resolves when it has the whole file. */
  async done(): Promise<{ readonly steadyMs: number }> {
    return JSON.parse(await this.#running.nextLine()) as { steadyMs: number };
  }

  /** Bytes that it has sent. */
  async sentBytes(): Promise<number> {
    this.#running.writeLine(JSON.stringify({ sent: true }));
    return (JSON.parse(await this.#running.nextLine()) as { sentBytes: number }).sentBytes;
  }

  peakBytes(): number {
    return this.#running.peakBytes();
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }
}

/** Seeders that stay; one downloader per round, timed from its start until it says it is done. */
export async function openLinePeers(
  source: Source,
  script: PeerScript,
  seederCount: number,
  { folder, processes }: Stage,
  site = loopback,
): Promise<() => Promise<Metrics>> {
  const torrent = join(folder, 'bench.torrent');
  await writeTorrent(torrent, source);
  const seeders: LinePeer[] = [];
  for (let index = 0; index < seederCount; index++) {
    const from = seedFolder(source);
    seeders.push(await LinePeer.start(processes, script, 'seed', torrent, from, 0, site));
  }
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const startedMs = performance.now();
    const peer = await LinePeer.start(processes, script, 'fetch', torrent, destination, 0, site);
    const ports = seeders.map(({ port }) => port);
    peer.connect(ports, site.servingHost);
    const { steadyMs } = await peer.done();
    const elapsedMs = performance.now() - startedMs;
    const peakMB = peer.peakBytes() / 1e6;
    await peer.stop();
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    return {
      coldMBps: megabytesPerSecond(source.size, elapsedMs),
      peakMB,
      ...(source.names.length > 1
        ? { filesPerSecond: (source.names.length * 1000) / elapsedMs }
        : { steadyMBps: megabytesPerSecond(source.size, steadyMs) }),
    };
  };
}

/** A torrent of many files names their folder; the library wants the one above it. */
export function seedFolder({ folder, names }: Source): string {
  return names.length === 1 ? folder : join(folder, '..');
}
