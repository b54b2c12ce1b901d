/**
 * 100,000 random frame sequences at a serving client and as many at a downloading one, over real
 * connections on the loopback, each beside an honest transfer. Checked: both processes' halves live
 * on, nothing of a file is given away, what is downloaded is whole, and an honest member is served.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign, type Campaign } from '../fixtures/campaign.js';
import { dialServing, type FakeDialler } from '../fixtures/fake-dialler.js';
import { FakePeer, type FakeConnection } from '../fixtures/fake-peer.js';
import { HostileFrames } from '../fixtures/hostile-frames.js';
import type { MemberLink } from '../fixtures/member-link.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(4 * 256 * KiB);
const SONG_BYTES = 4 * MiB;
/** What is fetched beside hostile servers, and how fast the honest one sends it. */
const SLOW_FILE_BYTES = 3 * MiB;
const SLOW_BYTES_PER_SECOND = 256 * KiB;
/** Each a user with a device. */
const LIARS = 8;
const FILE = 'film.mkv';
/** Connections of the hostile dialler at a time: the files they open stay within its user's share. */
const DIALLERS = 3;
/** Tame sequences on one connection before the wild one that mostly ends it. */
const MAX_TAME = 100;
/** Of the frames a second that a connection may bring, so many sequences leave some room. */
const SEQUENCES_PER_BURST = 40;
const BURST_MS = 20;
/** Of each side, where there is a time. */
const LEAST_SEQUENCES = 20_000;

/** Honest downloads so far. */
let copies = 0;

await runCampaign('hostile-peers', async (campaign) => {
  const { isShort, check, folder } = campaign;
  let faults = 0;
  process.on('warning', () => faults++);
  const wanted = isShort ? 100_000 : 2_000_000;
  // Each side has half of the time.
  const deadlineMs = allowedMs(isShort, 100_000) / 2;
  const swarm = await TestSwarm.start(folder, { transport: 'tcp' });
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share(FILE, content);
  const bob = await swarm.client('bob');
  await honest(campaign, { ann, bob }, 'alone');
  await attackServing(campaign, { swarm, ann, bob, fileId, wanted, deadlineMs });
  await attackDownloads(campaign, { swarm, ann, bob, fileId, wanted, deadlineMs });
  await honest(campaign, { ann, bob }, 'afterwards');
  check(faults === 0, 'nothing that came was unforeseen');
  await swarm.close();
});

interface Honest {
  readonly ann: SwarmClient;
  readonly bob: SwarmClient;
}

interface Scene extends Honest {
  readonly swarm: TestSwarm;
  readonly fileId: string;
  /** Sequences to be sent, and how long that may take. */
  readonly wanted: number;
  readonly deadlineMs: number;
}

/** An honest download of what nobody has had before, whole and timed. */
async function honest({ check }: Campaign, { ann, bob }: Honest, when: string): Promise<void> {
  const name = `song ${copies++}`;
  const song = sampleBytes(SONG_BYTES, name);
  await ann.share(name, song);
  const startMs = performance.now();
  await bob.download(name, { destination: bob.path(`my ${name}`), timeoutMs: 20_000 });
  const isWhole = (await bob.read(`my ${name}`)).equals(song);
  check(isWhole, `an honest download ${when} took ${Math.round(performance.now() - startMs)} ms`);
}

async function attackServing(campaign: Campaign, scene: Scene): Promise<void> {
  const { swarm, ann, fileId, wanted, deadlineMs } = scene;
  const { random, check, measured, say } = campaign;
  const { listening, deviceId: servingDeviceId } = await ann.engine.status();
  const mallory = await swarm.member('mallory');
  const { credentials } = mallory;
  const ticket = await mallory.ticket(GROUP);
  const frames = new HostileFrames(random);
  const startMs = performance.now();
  const left = { sequences: wanted, bytes: 0, connections: 0 };
  const isOver = (): boolean => left.sequences <= 0 || performance.now() - startMs > deadlineMs;
  const work = async (): Promise<void> => {
    while (!isOver()) {
      const address = listening!;
      const dialler = await dialServing({
        address,
        transport: 'tcp',
        credentials,
        servingDeviceId: servingDeviceId!,
      });
      left.connections++;
      await dialler.greet(ticket);
      left.sequences -= await converse(dialler, frames, fileId);
      for (const frame of await dialler.stream.untilEnd())
        if (frame.type === 'block') left.bytes += frame.bytes.length;
    }
  };
  const attack = Promise.all(Array.from({ length: DIALLERS }, work));
  await honest(campaign, scene, 'beside hostile diallers');
  await attack;
  const sent = wanted - left.sequences;
  say(`${sent} sequences on ${left.connections} connections, ${left.bytes} bytes given away`);
  // With a time a busy machine reaches a part of what is wanted.
  const least = deadlineMs === Infinity ? wanted : LEAST_SEQUENCES;
  measured(sent >= least, `a serving client took ${sent} of ${wanted} sequences`);
  // A ticket is good and the file is open: what is asked for within a piece is answered.
  check(left.bytes < sent * 64 * KiB, 'and answered no more than was asked for');
}

/** Tame sequences as far as the frames of a second reach, then a wild one; how many there were. */
async function converse(
  dialler: FakeDialler,
  frames: HostileFrames,
  fileId: string,
): Promise<number> {
  const count = frames.upTo(MAX_TAME);
  dialler.send({ type: 'open', fileRef: 0, fileId });
  // The diallers are one user: when its share of open files is used up it is refused, no more.
  const isOpen = await dialler.stream.nextOf('opened').then(
    () => true,
    () => false,
  );
  if (!isOpen) {
    dialler.end();
    return 0;
  }
  // So many in one write, or each in its own.
  const tame = Array.from({ length: count }, () => frames.tameOfDialler(fileId));
  if (frames.upTo(2) === 0) dialler.sendRaw(Buffer.concat(tame));
  else for (const bytes of tame) dialler.sendRaw(bytes);
  dialler.sendRaw(frames.wild());
  const hello = { publicKey: new Uint8Array(0), signature: new Uint8Array(0) };
  // A HELLO in the wrong place ends whatever the wild one left open.
  dialler.send({ type: 'hello', version: 1, ticket: Buffer.alloc(1), ...hello });
  dialler.end();
  return count + 1;
}

async function attackDownloads(campaign: Campaign, scene: Scene): Promise<void> {
  const { swarm, wanted, deadlineMs } = scene;
  const { check, measured, say } = campaign;
  const left = { sequences: wanted, connections: 0 };
  // Slow enough for peers to say what they have to say.
  const dora = await swarm.client('dora', { up: SLOW_BYTES_PER_SECOND });
  const carl = await swarm.client('carl');
  const liars: MemberLink[] = [];
  while (liars.length < LIARS) liars.push(await swarm.member(`liar-${liars.length}`));
  const startMs = performance.now();
  for (let round = 0; left.sequences > 0 && performance.now() - startMs < deadlineMs; round++) {
    const name = `round ${round}`;
    const bytes = sampleBytes(SLOW_FILE_BYTES, name);
    const { fileId } = await dora.share(name, bytes);
    const peers = await startPeers(campaign, { ...scene, fileId }, bytes, liars, left);
    const download = carl.download(name, { destination: carl.path(name), timeoutMs: 30_000 });
    await honest(campaign, scene, 'beside hostile servers');
    await download;
    check((await carl.read(name)).equals(bytes), `what was fetched beside them is whole`);
    for (const peer of peers) await peer.close();
  }
  const sent = wanted - left.sequences;
  say(`${sent} sequences on ${left.connections} connections`);
  const least = deadlineMs === Infinity ? wanted : LEAST_SEQUENCES;
  measured(sent >= least, `a downloading client took ${sent} of ${wanted} sequences`);
}

async function startPeers(
  { random }: Campaign,
  { fileId }: Scene,
  content: Buffer,
  liars: readonly MemberLink[],
  left: { sequences: number; connections: number },
): Promise<FakePeer[]> {
  const frames = new HostileFrames(random);
  const onOpen = (connection: FakeConnection, fileRef: number): void => {
    connection.sendOpened(fileRef);
    left.connections++;
    pour(connection, fileRef, frames, left).catch(() => connection.socket.destroy());
  };
  const manners = { onOpen, onRequest: () => undefined };
  const peers: FakePeer[] = [];
  for (const member of liars) {
    const peer = new FakePeer({ member, transport: 'tcp', content, fileId, manners });
    await peer.start();
    peers.push(peer);
  }
  return peers;
}

/** Sequences in bursts until the connection ends; now and then a wild one. */
async function pour(
  { socket }: FakeConnection,
  fileRef: number,
  frames: HostileFrames,
  left: { sequences: number },
): Promise<void> {
  const closed = once(socket, 'close').catch(() => undefined);
  while (!socket.destroyed && left.sequences > 0) {
    for (let count = 0; count < SEQUENCES_PER_BURST; count++)
      socket.write(frames.tameOfServer(fileRef));
    left.sequences -= SEQUENCES_PER_BURST;
    await Promise.race([sleep(BURST_MS), closed]);
    if (socket.destroyed || frames.upTo(20) > 0) continue;
    socket.write(frames.wild());
    left.sequences--;
  }
}
