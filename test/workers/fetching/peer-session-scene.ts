/** One peer session in this very thread: its port at one end, a serving peer at the other. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Test } from 'tap';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { KiB, MAX_BLOCK_LENGTH, MiB, PEER_PROTOCOL_VERSION } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { createRates } from '../../../src/main/engine/client-rates.js';
import type { PeerAddress, PeerTransport } from '../../../src/net/tracker-api.js';
import type {
  FileToFetch,
  MainToPeerSession,
  PeerSessionToMain,
} from '../../../src/workers/messages/peer-session.js';
import { PeerSession } from '../../../src/workers/fetching/peer-session.js';
import { MessageLog } from '../../fixtures/message-log.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { ServingPeer, type ServingEnd, type ServingTls } from './serving-peer.js';
import { testFolder } from '../../fixtures/test-folder.js';

export const PIECE = 256 * KiB;
export const PIECE_COUNT = 3;
/** One block to a piece. */
export const content = sampleBytes(PIECE_COUNT * PIECE);
export const peerDeviceId = '5e'.repeat(32);
export const NONCE = new Uint8Array(32).fill(7);
export const WELCOME = {
  type: 'welcome',
  version: PEER_PROTOCOL_VERSION,
  maxRequests: 64,
  maxBlockLength: MAX_BLOCK_LENGTH,
} as const;
export const ALL_PIECES = Uint8Array.of(0b1110_0000);

const credentials = createDeviceCredentials();
export const ownDeviceId = deviceIdOfCredentials(credentials);

export interface SceneOptions {
  /** How the file is open. */
  readonly disk?: 'r' | 'r+';
  readonly addresses?: readonly PeerAddress[];
  /** The peer never answers a TLS handshake. */
  readonly transport?: PeerTransport;
  /** The peer has this key, and talks under TLS. */
  readonly serving?: ServingTls;
  /** It is dialled without a file. */
  readonly isAhead?: boolean;
}

export class Scene {
  readonly peer: ServingPeer;
  readonly file: FileToFetch;
  readonly said = new MessageLog<PeerSessionToMain>();
  readonly #port: MessagePort;
  readonly #task: ConstructorParameters<typeof PeerSession>[0];

  constructor(peer: ServingPeer, file: FileToFetch, options: SceneOptions) {
    this.peer = peer;
    this.file = file;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: PeerSessionToMain) => this.said.add(message));
    this.#task = {
      first: options.isAhead === true ? undefined : file,
      slotMemoryBytes: 4 * MiB,
      port: port2,
      addresses: options.addresses ?? [peer.address],
      transport: options.serving ? 'tls' : (options.transport ?? 'tcp'),
      credentials,
      peerDeviceId: options.serving
        ? deviceIdOfCredentials(options.serving.credentials)
        : peerDeviceId,
      ticket: Buffer.from('ticket 1'),
      blockLength: PIECE,
      pipelineBytes: 8 * PIECE,
      hasher: 'native',
      groupId: 'group',
      rates: createRates({}),
    };
  }

  /** Runs the session; resolves when it is over. */
  run(): Promise<void> {
    return new PeerSession(this.#task).run();
  }

  tell(message: MainToPeerSession): void {
    this.#port.postMessage(message);
  }

  /** Dials and shows the ticket. */
  async greeted(): Promise<ServingEnd> {
    const accepted = this.peer.accept();
    void this.run();
    const end = await accepted;
    end.send({ type: 'challenge', nonce: NONCE });
    await end.stream.nextOf('open');
    return end;
  }

  /** Gets as far as an open file. */
  async ready(bits = ALL_PIECES): Promise<ServingEnd> {
    const end = await this.greeted();
    end.send(WELCOME);
    end.send({ type: 'opened', fileRef: 0, bits });
    await this.said.nextOf('ready');
    return end;
  }

  /** What the session says besides byte counts and times, which come when they come. */
  async next(): Promise<PeerSessionToMain> {
    for (;;) {
      const message = await this.said.next();
      if (!['received', 'accepted', 'asked'].includes(message.type)) return message;
    }
  }
}

/** The true bytes of a piece. */
export function pieceBytes(piece: number): Buffer {
  return content.subarray(piece * PIECE, (piece + 1) * PIECE);
}

/** A session that has not begun. */
export async function setUp(t: Test, options: SceneOptions = {}): Promise<Scene> {
  const path = join(testFolder(t, { part: '' }), 'part');
  const handle = await open(path, options.disk ?? 'r+');
  const peer = await ServingPeer.start(options.serving);
  const pieceHashes = new SharedArrayBuffer(PIECE_COUNT * 20);
  for (let piece = 0; piece < PIECE_COUNT; piece++) {
    const sha1 = createHash('sha1').update(pieceBytes(piece)).digest();
    new Uint8Array(pieceHashes).set(sha1, piece * 20);
  }
  const layout = pieceLayout(content.length, PIECE)!;
  const source = { type: 'file', fd: handle.fd } as const;
  const file = { fileId: 'f1'.repeat(32), content: source, layout, pieceHashes };
  const scene = new Scene(peer, file, options);
  t.teardown(async () => {
    scene.tell({ type: 'close' });
    await peer.close();
    await handle.close();
  });
  return scene;
}
