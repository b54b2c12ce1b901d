/**
 * One upload session on a real connection: a dialler that speaks the protocol at the far end,
 * and a listener of which a test sees what the session says. Tickets are words: `anna chess 1`.
 */
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { signReach } from '../../../src/net/challenge.js';
import { PeerError } from '../../../src/net/errors.js';
import { KiB } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { createRateCell, SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import type { Ticket } from '../../../src/net/ticket.js';
import type { ListenerToMain } from '../../../src/workers/messages/listener.js';
import { BufferShares } from '../../../src/workers/serving/buffer-share.js';
import { SendBuffers } from '../../../src/workers/serving/send-buffers.js';
import { UploadScheduler } from '../../../src/workers/serving/upload-scheduler.js';
import {
  UploadSession,
  type UploadSessionHost,
} from '../../../src/workers/serving/upload-session.js';
import { dialServing, type FakeDialler } from '../../fixtures/fake-dialler.js';
import { MessageLog } from '../../fixtures/message-log.js';
import { at } from '../../fixtures/incarnations.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

export const PIECE = 256 * KiB;
export const PIECE_COUNT = 3;
/** The last piece is short. */
export const LAST_LENGTH = 100;
export const content = sampleBytes((PIECE_COUNT - 1) * PIECE + LAST_LENGTH);
const layout = pieceLayout(content.length, PIECE)!;
export const fileId = 'f1'.repeat(32);
export const TICKET = 'anna chess 1';
export const EXPIRES_AT_MS = 1_000;

const servingDeviceId = '5e'.repeat(32);
const credentials = createDeviceCredentials();
export const diallerDeviceId = deviceIdOfCredentials(credentials);

export interface SceneOptions {
  /** The device for which the dialler takes this one. */
  readonly takenFor?: string;
  /** True when the scheduler is busy with others: requests wait in the session's queue. */
  readonly isHeldUp?: boolean;
}

export class Scene {
  readonly session: UploadSession;
  readonly dialler: FakeDialler;
  readonly said: MessageLog<ListenerToMain>;
  readonly file: FileHandle;
  /** How often the listener heard of each. */
  readonly heard: { proven: number; ended: number };
  /** The session's clock, which only a test moves. */
  readonly clock: { nowMs: number };

  constructor(parts: Pick<Scene, 'session' | 'dialler' | 'said' | 'file' | 'heard' | 'clock'>) {
    this.session = parts.session;
    this.dialler = parts.dialler;
    this.said = parts.said;
    this.file = parts.file;
    this.heard = parts.heard;
    this.clock = parts.clock;
  }

  /** Proves the dialler and opens the file with these pieces. */
  async openFile(fileRef = 0, pieces: Iterable<number> = [0, 1, 2]): Promise<void> {
    if (!this.session.isProven) await this.greet();
    this.dialler.send({ type: 'open', fileRef, fileId });
    await this.said.nextOf('open');
    this.answerOpen(fileRef, pieces);
    await this.dialler.stream.nextOf('opened');
  }

  async greet(): Promise<void> {
    await this.dialler.greet(Buffer.from(TICKET));
    await this.dialler.stream.nextOf('welcome');
    await this.said.nextOf('proven');
  }

  /** Main has opened the file. */
  answerOpen(fileRef: number, pieces: Iterable<number> = [0, 1, 2]): void {
    const set = new Bitfield(PIECE_COUNT);
    for (const piece of pieces) set.add(piece);
    const content = { type: 'file', fd: this.file.fd } as const;
    const bits = set.bytes;
    this.session.onOpened(fileRef, { fileId, content, layout, bits });
  }

  request(pieceIndex: number, offset = 0, length = 16 * KiB, fileRef = 0): void {
    this.dialler.send({ type: 'request', fileRef, pieceIndex, offset, length });
  }

  /** Everything that the session says until it has ended. */
  async untilClosed(): Promise<readonly ListenerToMain[]> {
    const messages: ListenerToMain[] = [];
    for (;;) {
      const message = await this.said.next();
      messages.push(message);
      if (message.type === 'closed') return messages;
    }
  }
}

/** Connects a dialler to a fresh session. */
export async function setUp(t: Test, options: SceneOptions = {}): Promise<Scene> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const dialler = await dialServing({
    address: { host: '127.0.0.1', port },
    transport: 'tcp',
    credentials,
    servingDeviceId: options.takenFor ?? servingDeviceId,
  });
  const [socket] = await accepted;
  server.close();
  const said = new MessageLog<ListenerToMain>();
  const heard = { proven: 0, ended: 0 };
  const clock = { nowMs: 0 };
  const session = new UploadSession(
    7,
    socket,
    hostOf(said, heard, clock, options.isHeldUp ?? false),
  );
  const file = await open(join(testFolder(t, { file: content }), 'file'), 'r+');
  t.teardown(async () => {
    session.end(undefined);
    dialler.close();
    await file.close();
  });
  return new Scene({ session, dialler, said, file, heard, clock });
}

function hostOf(
  said: MessageLog<ListenerToMain>,
  heard: Scene['heard'],
  clock: Scene['clock'],
  isHeldUp: boolean,
): UploadSessionHost {
  const limiter = new SharedRateLimiter(createRateCell(isHeldUp ? 1 : undefined));
  const scheduler = new UploadScheduler(limiter, () => 0);
  return {
    transport: 'tcp',
    deviceId: servingDeviceId,
    limiter,
    scheduler,
    buffers: new BufferShares(new SendBuffers()),
    checkTicket,
    nowMs: () => clock.nowMs,
    proofOfReach: (_session, nonce) => signReach(credentials, nonce),
    post: (message) => said.add(message),
    onAnswer: () => {
      throw new PeerError('PROTOCOL_VIOLATION', 'nobody was called');
    },
    onMeet: () => {
      throw new PeerError('PROTOCOL_VIOLATION', 'nothing is relayed');
    },
    onProven: (session) => {
      heard.proven++;
      if (!isHeldUp) scheduler.add(session.queue, 'anna');
    },
    onEnded: () => void heard.ended++,
  };
}

/** Reads a ticket that is three words; anything else has expired. */
function checkTicket(bytes: Uint8Array, deviceId: string): Ticket {
  if (Buffer.from(bytes).toString() === 'BUG') throw new TypeError('a mistake of ours');
  const [userId, groupId, epoch] = Buffer.from(bytes).toString().split(' ');
  if (!userId || !groupId || !epoch) throw new PeerError('TICKET_EXPIRED', 'it has expired');
  const group = { groupId, ...at(Number(epoch)) };
  return { userId, role: 'member', ...group, deviceId, expiresAtMs: EXPIRES_AT_MS };
}
