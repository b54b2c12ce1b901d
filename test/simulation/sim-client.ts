/**
 * A simulated client: a tracker link, a serving side and, for who does not have the file, a download,
 * each made of the product's own owners. It may vanish with all its connections and come back with
 * what it has on disk.
 */
import { Bitfield } from '../../src/net/bitfield.js';
import { P2pError } from '../../src/net/errors.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import type { AccountSession } from '../../src/main/account/account-session.js';
import { FileWatches } from '../../src/main/account/file-watches.js';
import { GrowingFiles } from '../../src/main/sharing/growing-files.js';
import { Offers, type Offer } from '../../src/main/sharing/offers.js';
import type { TrackerCalls } from '../../src/main/tracker-link/tracker-calls.js';
import { SimDisk } from './sim-disk.js';
import { SimDownload } from './sim-download.js';
import { SimHost, type HostRates, type Socket } from './sim-network.js';
import { SimServing } from './sim-serving.js';
import type { SimFrame } from './sim-frame.js';
import { SimTrackerLink } from './sim-tracker-link.js';
import { FILE, GROUP } from './sim-tracker.js';
import type { Vice } from './vices.js';
import type { World } from './world.js';

/** Who a client is and what it will do. */
export interface ClientPlan {
  readonly number: number;
  readonly userId: string;
  /** Has the whole file from the beginning, or says so. */
  readonly isSeed: boolean;
  readonly vice: Vice | undefined;
  readonly rates: HostRates;
  /** Bytes per second, as `--up` has it. */
  readonly uploadLimit: number | undefined;
  readonly threads: number;
  /** From it to the middle of the network. */
  readonly latencyMs: number;
  readonly startMs: number;
}

/** One life of the process. */
interface Process {
  readonly link: SimTrackerLink;
  readonly serving: SimServing;
  readonly offers: Offers;
  readonly watches: FileWatches;
  readonly growing: GrowingFiles;
  readonly address: PeerAddress;
}

export class SimClient {
  readonly plan: ClientPlan;
  readonly deviceId: string;
  readonly host: SimHost;
  readonly disk: SimDisk;
  readonly #world: World;
  /** What it may serve; survives the process. */
  #kept: Bitfield;
  #process: Process | undefined;
  #download: SimDownload | undefined;
  #lives = 0;
  completedMs: number | undefined;

  constructor(world: World, plan: ClientPlan) {
    this.#world = world;
    this.plan = plan;
    this.deviceId = `device-${plan.number}`;
    this.host = new SimHost(world.clock, plan.rates);
    this.disk = new SimDisk(world.file);
    const { pieceCount } = world.file.layout;
    this.#kept = new Bitfield(pieceCount);
    if (!plan.isSeed) return;
    const { vice } = plan;
    const share = vice?.kind === 'boasts' ? vice.share : 1;
    this.disk.fill();
    for (let piece = 0; piece < pieceCount; piece++) {
      if (share === 1 || world.random() < share) this.#kept.add(piece);
    }
    this.completedMs = 0;
  }

  get isHonest(): boolean {
    return this.plan.vice === undefined;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isConnected(): boolean {
    return this.#process?.link.isConnected ?? false;
  }

  /** Where it listens in this life. */
  get address(): PeerAddress | undefined {
    return this.#process?.address;
  }

  /** What it has on disk, verified. */
  get pieces(): Bitfield {
    return this.#kept;
  }

  get download(): SimDownload | undefined {
    return this.#download;
  }

  get serving(): SimServing | undefined {
    return this.#process?.serving;
  }

  /** The process starts. */
  start(): void {
    if (this.#process) return;
    const { clock, random, tracker, file } = this.#world;
    const { plan, deviceId, disk } = this;
    this.#lives++;
    const offers = new Offers();
    const link: SimTrackerLink = new SimTrackerLink({
      ...{ clock, random, tracker, deviceId, userId: plan.userId, latencyMs: plan.latencyMs },
      onConnected: (calls) => this.#onConnected(calls),
      onPeers: (peers) => this.#process?.watches.onPush(peers),
    });
    const serving = new SimServing({
      ...{ clock, file, disk, random, uploadLimit: plan.uploadLimit, vice: plan.vice },
      offer: () => offers.get(GROUP, FILE),
      onUnfair: (what) => this.#world.checks.fail('fairness', `${deviceId}: ${what}`),
    });
    const background = { run: (work: () => Promise<unknown>) => this.#inBackground(work) };
    const watches = new FileWatches(link, { onIssued: () => new Uint8Array(0) }, background);
    const growing = this.#growingFiles(offers, background);
    const address = { host: `10.0.0.${plan.number + 1}`, port: 4_000 + this.#lives };
    this.#process = { link, serving, offers, watches, growing, address };
    this.#world.trace(`${deviceId} starts with ${this.#kept.count} pieces`);
    if (plan.isSeed || this.#kept.isFull) offers.put(this.#offer(this.#kept));
    else this.#startDownload(this.#process);
  }

  /** The process is killed: everything in memory is gone. */
  kill(): void {
    const process = this.#process;
    if (!process) return;
    this.#world.trace(`${this.deviceId} is killed`);
    this.#process = undefined;
    if (this.#download) this.#kept = copyOf(this.#download.verified);
    this.#download?.kill();
    this.#download = undefined;
    process.serving.close();
    process.link.close();
  }

  /** Somebody dials. */
  accept(socket: Socket<SimFrame>): void {
    this.#process?.serving.accept(socket);
  }

  /** Resets one connection, drawn by chance. */
  resetOne(): void {
    const sockets = [...(this.#process?.serving.sessions ?? [])].map(({ socket }) => socket);
    sockets[Math.floor(this.#world.random() * sockets.length)]?.reset();
  }

  #startDownload({ watches, growing }: Process): void {
    const world = this.#world;
    this.#download = new SimDownload({
      ...{ world, client: this, verified: this.#kept, watches, growing },
      onComplete: () => this.#onComplete(),
    });
    // The library is written with each piece; a simulated one is never behind.
    this.#kept = this.#download.verified;
    this.#download.start();
  }

  #onComplete(): void {
    const { clock } = this.#world;
    this.completedMs ??= clock.now;
    this.#world.trace(`${this.deviceId} is complete`);
    const process = this.#process;
    this.#kept = copyOf(this.#kept);
    process?.offers.put(this.#offer(this.#kept));
    this.#inBackground(() => this.#announce('complete'));
  }

  /** What a client tells a tracker that it has just reached. */
  async #onConnected(calls: TrackerCalls): Promise<void> {
    const process = this.#process;
    if (!process) return;
    const { address, offers, watches } = process;
    await calls.call('goOnline', { addresses: [address] });
    const offer = offers.get(GROUP, FILE);
    if (offer) await calls.call('announce', { files: [this.#announcementOf(offer.pieces.isFull)] });
    await watches.onTrackerBack(calls);
  }

  async #announce(state: 'partial' | 'complete' | 'gone'): Promise<void> {
    const calls = await this.#process?.link.calls();
    await calls?.call('announce', { files: [{ groupId: GROUP, fileId: FILE, state }] });
  }

  /** A boaster's word is that it has everything. */
  #announcementOf(isComplete: boolean) {
    const isSaid = isComplete || this.plan.vice?.kind === 'boasts';
    const state = isSaid ? ('complete' as const) : ('partial' as const);
    return { groupId: GROUP, fileId: FILE, state };
  }

  #growingFiles(
    offers: Offers,
    background: { run: (work: () => Promise<unknown>) => void },
  ): GrowingFiles {
    return new GrowingFiles({
      uploads: {
        hasOffer: (groupId, fileId) => offers.get(groupId, fileId) !== undefined,
        offer: (offer) => offers.put(offer),
        offerOf: (groupId, fileId) => offers.get(groupId, fileId),
        onPiecesGained: (_groupId, _fileId, _verified, pieces) =>
          this.#process?.serving.onHave(pieces),
        withdrawGrowing: (groupId, fileId) => {
          offers.delete(groupId, fileId);
          return true;
        },
      },
      batches: { announce: ({ state }) => this.#announce(state) },
      link: { session: {} as AccountSession },
      listening: { isOpen: () => true, start: () => Promise.resolve() },
      background,
    });
  }

  #offer(pieces: Bitfield): Offer {
    const { layout } = this.#world.file;
    const open = (): Promise<never> => Promise.reject(new Error('a simulated file'));
    return { fileId: FILE, groupId: GROUP, name: FILE, layout, pieces, open };
  }

  /** As the client's gate of background work: what the tracker refuses is an event, a bug is fatal. */
  #inBackground(work: () => Promise<unknown>): void {
    const { clock, checks } = this.#world;
    clock.settles();
    work().catch((error: unknown) => {
      if (!(error instanceof P2pError)) checks.fail('crash', textOf(error));
    });
  }
}

export function copyOf(bits: Bitfield): Bitfield {
  return Bitfield.from(bits.bytes, bits.length)!;
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
