/**
 * The figures of a client for `serve --metrics`: what it sends and fetches, with whom, and how it stands. Nothing in
 * them names a user, a group or a file: labels are words of this page alone. Owns the page.
 */
import { P2pError } from '../../net/errors.js';
import { FigurePage, type Figure } from '../../net/figures/figure-page.js';
import { ownVersion } from '../../net/own-version.js';
import type { Status, WayBytes } from '../api/client-status.js';
import type { Engine } from '../api/engine.js';
import type { DownloadProgress } from '../api/progress.js';

const PREFIX = 'p2p_client_';
const WAYS = ['lan', 'wan', 'relay'] as const;

type Asked = Pick<Engine, 'statusAsKnown' | 'downloads' | 'lookAtMachine' | 'takers'>;

export class ClientFigures {
  readonly #engine: Asked;
  readonly #homePath: string;
  readonly #page = new FigurePage(PREFIX);

  constructor(engine: Asked, homePath: string) {
    this.#engine = engine;
    this.#homePath = homePath;
  }

  async render(): Promise<string> {
    const [status, downloads, machine] = await Promise.all([
      known(this.#engine.statusAsKnown()),
      known(this.#engine.downloads()),
      known(this.#engine.lookAtMachine(this.#homePath)),
    ]);
    return this.#page.render([
      { ...gauge('info', 'What runs here; always 1', 1), labels: { version: ownVersion() } },
      gauge('takers', 'Devices that fetch something from here', this.#takingCount()),
      ...(status ? statusFigures(status) : []),
      ...(downloads ? downloadFigures(downloads) : []),
      ...freeFigures(machine?.home.freeBytes),
    ]);
  }

  close(): void {
    this.#page.close();
  }

  #takingCount(): number {
    return this.#engine.takers().filter(({ isTaking }) => isTaking).length;
  }
}

function statusFigures(status: Status): Figure[] {
  const { sharedFiles, shares, uploadSessions, runningDownloads, traffic, relay } = status;
  const { idleDownloads: idle } = status;
  return [
    gauge('logged_in', 'Somebody is logged in: 1, else 0', status.userId === undefined ? 0 : 1),
    gauge(
      'tracker_connected',
      'The tracker is there: 1, else 0',
      status.isTrackerConnected ? 1 : 0,
    ),
    gauge(
      'reached',
      'Others come from elsewhere: 1, else 0',
      status.reach.state === 'reached' ? 1 : 0,
    ),
    gauge('served_files', 'Files that are served', sharedFiles),
    ...(shares === undefined ? [] : [gauge('shares', 'Files that are shared from here', shares)]),
    gauge('upload_sessions', 'Peers that are served', uploadSessions),
    gauge('running_downloads', 'Downloads that run', runningDownloads),
    ...(['queued', 'paused', 'interrupted', 'failed'] as const).map((state) => ({
      ...gauge(
        'idle_downloads',
        'Downloads that are not complete and do not run',
        idle?.[state] ?? 0,
      ),
      labels: { state },
    })),
    gauge('up_bytes_per_second', 'Sent just now', status.upBytesPerSecond),
    gauge('down_bytes_per_second', 'Received just now', status.downBytesPerSecond),
    ...byWay('sent_bytes_total', 'Bytes of files that were sent, by their way', traffic.sent),
    ...byWay('received_bytes_total', 'Bytes of files that came, by their way', traffic.received),
    counter('relayed_bytes_total', 'Bytes that passed on between members', relay?.bytes ?? 0),
  ];
}

function downloadFigures(downloads: readonly DownloadProgress[]): Figure[] {
  const running = downloads.filter(({ peers }) => peers.length > 0);
  const active = running.flatMap(({ peers }) => peers.filter(({ state }) => state === 'active'));
  const devices = new Set(active.map(({ deviceId }) => deviceId));
  const missing = downloads
    .filter(({ state }) => state === 'downloading')
    .reduce((bytes, { size, verified }) => bytes + size - verified, 0);
  return [
    gauge('download_peers', 'Devices that send something', devices.size),
    gauge('missing_bytes', 'What running downloads have not yet', missing),
  ];
}

function freeFigures(freeBytes: number | undefined): Figure[] {
  if (freeBytes === undefined) return [];
  return [gauge('home_free_bytes', 'Free on the disk of the home folder', freeBytes)];
}

function byWay(name: string, help: string, bytes: WayBytes): Figure[] {
  return WAYS.map((way) => ({ ...counter(name, help, bytes[way]), labels: { way } }));
}

/** Undefined where it cannot be told now: what else is known is wanted all the same. */
async function known<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof P2pError) return undefined;
    throw error;
  });
}

function counter(name: string, help: string, value: number): Figure {
  return { ...gauge(name, help, value), type: 'counter' };
}

function gauge(name: string, help: string, value: number): Figure {
  return { name: `${PREFIX}${name}`, help, value };
}
