/**
 * A download of a simulated client: the real swarm with its sessions, connections and dial rules, driven
 * by the ticks that a transfer gives them.
 */
import type { Bitfield } from '../../src/net/bitfield.js';
import {
  DOWNLOAD_TICK_MS,
  INITIAL_PIPELINE_BYTES,
  SLOT_MEMORY_BYTES,
} from '../../src/net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../src/net/tracker-api.js';
import type { FileWatcher, FileWatches } from '../../src/main/account/file-watches.js';
import type { PeerChange } from '../../src/main/account/told-peers.js';
import type { GrowingFile, GrowingFiles } from '../../src/main/sharing/growing-files.js';
import { DialRules } from '../../src/main/downloads/dial-rules.js';
import { PeerConnections } from '../../src/main/downloads/peer-connections.js';
import { SwarmSessions } from '../../src/main/downloads/swarm-sessions.js';
import type { Swarm } from '../../src/main/swarm/swarm.js';
import { PieceSlots } from '../../src/workers/memory/piece-slots.js';
import { createRates } from '../../src/main/engine/client-rates.js';
import { SimWriter, type SlotTags } from './sim-disk.js';
import { SimPeerSession, type SessionOwners } from './sim-peer-session.js';
import { FILE, GROUP } from './sim-tracker.js';
import type { SimClient } from './sim-client.js';
import type { World } from './world.js';

/** No byte of it is ever touched: slots are places, and what lies there is a tag. */
const memory = new WebAssembly.Memory({
  initial: SLOT_MEMORY_BYTES / 65_536,
  maximum: SLOT_MEMORY_BYTES / 65_536,
});
const RATES = createRates({});
/** Messages between main and a thread take up to this long. */
const MAX_HOP_MS = 3;

export interface SimDownloadOptions {
  readonly world: World;
  readonly client: SimClient;
  readonly verified: Bitfield;
  readonly watches: FileWatches;
  readonly growing: GrowingFiles;
  readonly onComplete: () => void;
}

const wanted = { groupId: GROUP, name: FILE, fileId: FILE };

export class SimDownload implements FileWatcher {
  readonly groupId = GROUP;
  readonly fileId = FILE;
  readonly fileName = FILE;
  readonly #options: SimDownloadOptions;
  readonly #peers: SwarmSessions;
  readonly #connections: PeerConnections;
  readonly #owners: SessionOwners;
  readonly #growing: GrowingFile;
  readonly sessions = new Set<SimPeerSession>();
  #stopTicks: (() => void) | undefined;
  #forgetProofs: (() => void) | undefined;
  #untold: number[] = [];
  #isOffered = false;
  #isOver = false;
  /** When something was verified last. */
  gainedMs: number;
  /** Bytes that came for pieces given up. */
  wastedBytes = 0;
  /** Sessions that became ready. */
  readyCount = 0;

  constructor(options: SimDownloadOptions) {
    this.#options = options;
    const { world, client, verified } = options;
    const { clock, file } = world;
    const { layout } = file;
    const tags: SlotTags = new Map();
    const slots = new PieceSlots(memory, 0);
    this.#owners = {
      ...{ clock, slots, tags, userId: client.plan.userId },
      writer: new SimWriter(file, client.disk, slots, tags, clock.later),
      onWasted: (bytes) => void (this.wastedBytes += bytes),
    };
    this.#connections = this.#openConnections();
    this.#peers = new SwarmSessions({
      ...{ layout, verified, random: world.random, nowMs: clock.nowMs },
      ...{ soon: clock.soon, later: clock.later },
      connectionsWanted: Math.min(client.plan.threads, layout.pieceCount),
      start: (peer, onMessage) => {
        const content = { type: 'file', fd: -1 } as const;
        const pieceHashes = file.hashes;
        return this.#connections.start(
          { ...wanted, content, layout, pieceHashes },
          peer,
          onMessage,
        );
      },
      mayStart: (peer, kind) => this.#connections.mayStart(wanted, peer, kind),
      // Nothing is lost on the ways of the simulation: whoever is silent is slow.
      lookAt: () => Promise.resolve(true),
      events: {
        onReady: () => this.readyCount++,
        onReceived: () => {},
        onGained: (pieces) => this.#onGained(pieces),
        onStorageFailed: () => {},
      },
    });
    this.gainedMs = clock.now;
    this.#growing = {
      ...{
        groupId: GROUP,
        fileId: FILE,
        name: FILE,
        layout,
        verified: this.swarm.verifiedBitfield,
      },
      retain: () => {
        throw new Error('a simulated file');
      },
    };
  }

  get swarm(): Swarm {
    return this.#peers.swarm;
  }

  get verified(): Bitfield {
    return this.swarm.verifiedBitfield;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  start(): void {
    const { world, watches } = this.#options;
    if (this.swarm.verifiedCount > 0) this.#offer();
    this.#forgetProofs = this.#connections.onProof(() => this.#peers.onDialsPermitted());
    this.#stopTicks = world.clock.every(DOWNLOAD_TICK_MS, () => this.#onTick());
    watches.open(this);
  }

  /** The process is gone: nobody hears the end of anything. */
  kill(): void {
    this.#end();
    for (const session of this.sessions) session.socket?.reset();
  }

  onAllPeers(peers: readonly OnlinePeer[]): void {
    this.onPeers({ online: peers, gone: [], lost: [] });
  }

  onPeers(change: PeerChange): void {
    if (!this.#isOver) this.#peers.onPeers(change);
  }

  onUsersRemoved(userIds: readonly string[]): void {
    if (!this.#isOver) this.#peers.onUsersRemoved(userIds);
  }

  onReplaced(): void {
    // No name gets another content here.
  }

  onRefused(error: Error): void {
    this.#options.world.checks.fail('crash', `a watch was refused: ${error.message}`);
  }

  #onTick(): void {
    this.#peers.onTick();
    if (this.#untold.length > 0) this.#peers.tellHave(this.#untold);
    this.#untold = [];
  }

  #onGained(pieces: readonly number[]): void {
    const { world, client, growing, onComplete } = this.#options;
    if (this.#isOver) return;
    if (pieces.length > 0) this.gainedMs = world.clock.now;
    for (const piece of pieces) world.checks.onVerified(client, piece);
    this.#offer();
    growing.onPiecesGained(this.#growing, pieces);
    this.#untold.push(...pieces);
    if (!this.swarm.isComplete) return;
    world.checks.onComplete(client, this);
    this.#end();
    this.#options.watches.close(this);
    onComplete();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTicks?.();
    this.#forgetProofs?.();
    this.#options.world.clock.settles();
    void this.#peers.close();
    this.#connections.close();
  }

  #offer(): void {
    if (this.#isOffered) return;
    this.#isOffered = true;
    this.#options.world.clock.settles();
    this.#options.growing.begin(this.#growing, () => {});
  }

  #openConnections(): PeerConnections {
    const { world, client } = this.#options;
    const { clock } = world;
    const startPeerSession: ReturnType<
      ConstructorParameters<typeof PeerConnections>[0]['pool']
    >['startPeerSession'] = (request, onMessage) => {
      const hopMs = world.random() * MAX_HOP_MS;
      const dial = (
        addresses: readonly PeerAddress[],
        onDone: Parameters<World['dial']>[2],
      ): void => world.dial(client, addresses, onDone);
      world.trace(`${client.deviceId} dials ${request.peerDeviceId}`);
      const session: SimPeerSession = new SimPeerSession(
        this.#owners,
        { ...request, ...request.first! },
        dial,
        hopMs,
        (message) => {
          if (message.type === 'ended') this.sessions.delete(session);
          if (message.type === 'bad') {
            world.checks.onBad(client, request.peerDeviceId, message.piece);
          }
          onMessage(message);
        },
      );
      this.sessions.add(session);
      return session;
    };
    return new PeerConnections({
      pool: () => ({ startPeerSession, threadCount: client.plan.threads }),
      tickets: { held: () => undefined },
      credentials: () => ({ keyPem: '', certificatePem: '' }) as never,
      rules: new DialRules({ trackerHost: () => '10.0.1.1', nowMs: clock.nowMs }),
      transport: () => 'tls',
      rates: RATES,
      hasher: 'native',
      blockLength: world.file.blockLength,
      pipelineBytes: INITIAL_PIPELINE_BYTES,
    });
  }
}
