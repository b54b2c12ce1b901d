/**
 * Random bytes and mutated frames, at a serving client and at a downloading one, over TLS and
 * in the clear. Checked: the process stays alive and unfrozen, nothing is given away, and an
 * honest transfer works afterwards.
 */
import { join } from 'node:path';
import { KiB } from '../../src/net/limits.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import { encodeFrame, FrameType, type PeerFrame } from '../../src/net/peer-frames.js';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { dialServing } from '../fixtures/fake-dialler.js';
import { FakePeer, type FakeConnection } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import type { MemberLink } from '../fixtures/member-link.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';

const content = sampleBytes(4 * 256 * KiB);
const FILE = 'film.mkv';

/** See docs/protocol.md. */
const RESERVED_TYPES = [0x40, 0x86, 0x87];

const range = { fileRef: 7, pieceIndex: 1, offset: 0, length: 16 * KiB };
const frames: readonly PeerFrame[] = [
  { type: 'ping' },
  { type: 'have', fileRef: 0, pieceIndex: 3 },
  { type: 'close', fileRef: 0 },
  { type: 'open', fileRef: 1, fileId: 'ab'.repeat(32) },
  { type: 'find', fileRef: 2, nameHash: 'cd'.repeat(32), part: 1, parts: 3, start: 9, length: 9 },
  { type: 'opened', fileRef: 0, bits: Buffer.alloc(1, 0xf0) },
  {
    type: 'found',
    fileRef: 0,
    fileId: 'ab'.repeat(32),
    layout: pieceLayout(content.length, 256 * KiB)!,
    promised: { pieceIndex: 1, length: 9 },
    bits: Buffer.of(0xf0),
  },
  { type: 'refused', fileRef: 0, code: 'NO_SUCH_FILE' },
  { type: 'error', code: 'BUSY', message: 'noise' },
  { type: 'ticket', ticket: Buffer.alloc(150, 3) },
  { type: 'welcome', version: 1, maxRequests: 1, maxBlockLength: 1 },
  { type: 'request', ...range },
  { type: 'cancel', ...range },
  { type: 'reject', ...range, code: 'PIECE_NOT_AVAILABLE' },
];

await runCampaign('peer-fuzz', async (campaign) => {
  for (const transport of ['tls', 'tcp'] as const) await fuzz(campaign, transport);
});

async function fuzz(campaign: Campaign, transport: PeerTransport): Promise<void> {
  const { isShort, folder, check } = campaign;
  const swarm = await TestSwarm.start(join(folder, transport), { transport });
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share(FILE, content);
  const bob = await swarm.client('bob');
  const mallory = await swarm.member('mallory');
  const served = await fuzzServing(campaign, swarm, ann, mallory, fileId, isShort ? 150 : 5_000);
  check(served === 0, `${transport}: a serving client gave nothing away for noise`);
  await fuzzDownloads(campaign, swarm, bob, mallory, fileId, isShort ? 15 : 300);
  await bob.download(FILE, { destination: bob.path('honest'), timeoutMs: 20_000 });
  check((await bob.read('honest')).equals(content), `${transport}: an honest transfer works`);
  await swarm.close();
}

/** Noise at a listener, before and after the handshake; answers how many blocks it gave away. */
async function fuzzServing(
  { random }: Campaign,
  swarm: TestSwarm,
  ann: SwarmClient,
  mallory: MemberLink,
  fileId: string,
  rounds: number,
): Promise<number> {
  const { listening, deviceId: servingDeviceId } = await ann.engine.status();
  const { transport } = swarm;
  const { credentials } = mallory;
  const ticket = await mallory.ticket(GROUP);
  let blocks = 0;
  for (let round = 0; round < rounds; round++) {
    const options = {
      address: listening!,
      transport,
      credentials,
      servingDeviceId: servingDeviceId!,
    };
    const dialler = await dialServing(options);
    if (random() < 0.5) {
      await dialler.greet(ticket);
      if (random() < 0.5) dialler.send({ type: 'open', fileRef: 0, fileId });
    }
    dialler.sendRaw(noise(random));
    // A HELLO in the wrong place ends whatever the noise left open.
    const hello = { publicKey: new Uint8Array(0), signature: new Uint8Array(0) };
    dialler.send({ type: 'hello', version: 1, ticket: Buffer.alloc(1), ...hello });
    dialler.end();
    const received = await dialler.stream.untilEnd();
    blocks += received.filter(({ type }) => type === 'block').length;
  }
  return blocks;
}

/** Noise in place of answers; the download beside an honest seeder has to complete. */
async function fuzzDownloads(
  { random, check }: Campaign,
  swarm: TestSwarm,
  bob: SwarmClient,
  member: MemberLink,
  fileId: string,
  rounds: number,
): Promise<void> {
  const { transport } = swarm;
  const send = (connection: FakeConnection): void => {
    for (let count = 0; count < 5; count++) connection.socket.write(noise(random));
  };
  let wrong = 0;
  for (let round = 0; round < rounds; round++) {
    const isEarly = random() < 0.3;
    const onOpen = (connection: FakeConnection, fileRef: number): void => {
      if (isEarly) send(connection);
      else connection.sendOpened(fileRef);
    };
    const manners = { onOpen, onRequest: send };
    const peer = new FakePeer({ member, transport, content, fileId, manners });
    await peer.start();
    const name = `copy ${round}`;
    await bob.download(FILE, { destination: bob.path(name), timeoutMs: 20_000 });
    if (!(await bob.read(name)).equals(content)) wrong++;
    await peer.announce('gone');
    await peer.close();
  }
  check(wrong === 0, `${transport}: ${rounds} downloads beside noise are whole`);
}

/** Random bytes, or one of the frames with some bytes changed, cut off or repeated. */
function noise(random: () => number): Buffer {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  if (random() < 0.3) return randomBytes(random);
  const bytes = Buffer.from(encodeFrame(pick(frames)));
  const kind = random();
  if (kind < 0.2) return bytes;
  if (kind < 0.4) return bytes.subarray(0, 1 + Math.floor(random() * bytes.length));
  if (kind < 0.5) return Buffer.concat([bytes, bytes, bytes]);
  if (kind < 0.7) bytes[4] = pick([...Object.values(FrameType), ...RESERVED_TYPES]);
  const changes = 1 + Math.floor(random() * 4);
  for (let count = 0; count < changes; count++) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return bytes;
}

function randomBytes(random: () => number): Buffer {
  const bytes = Buffer.alloc(1 + Math.floor(random() * 2_000));
  for (const at of bytes.keys()) bytes[at] = Math.floor(random() * 256);
  return bytes;
}
