import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { deviceIdOfReach } from '../../src/net/challenge.js';
import { createDeviceCredentials } from '../../src/net/device-identity.js';
import { KiB } from '../../src/net/limits.js';
import { encodeFrame, type PeerFrame } from '../../src/net/peer-frames.js';
import { issueTicket, type Ticket } from '../../src/net/ticket.js';
import type { GroupStanding, PeerAddress, PeerTransport } from '../../src/net/tracker-api.js';
import { at, OTHER_INCARNATION } from '../fixtures/incarnations.js';
import { dialServing, type FakeDialler } from '../fixtures/fake-dialler.js';
import type { MemberLink } from '../fixtures/member-link.js';
import type { ReceivedFrame } from '../fixtures/peer-stream.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const content = sampleBytes(4 * 256 * KiB);
const NAME = 'secret-plans.txt';

/** `ann` serves `content` to the group; `mallory` is a member with a device and no engine. */
async function scene(t: Test, transport: PeerTransport) {
  const swarm = await startSwarm(t, { transport });
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share(NAME, content);
  const mallory = await swarm.member('mallory');
  const { deviceId, listening } = await ann.engine.status();
  const dial = async (credentials = mallory.credentials): Promise<FakeDialler> => {
    const address: PeerAddress = listening!;
    const dialler = await dialServing({
      address,
      transport,
      credentials,
      servingDeviceId: deviceId!,
    });
    swarm.closeLater({ close: async () => dialler.close() });
    return dialler;
  };
  const signed = async (changes: Partial<Ticket>): Promise<Buffer> => {
    const groupId = changes.groupId ?? GROUP;
    const group = await standingOf(ann, groupId);
    return issueTicket({ ...ticketOf(mallory), ...group, ...changes }, await ticketKey(swarm));
  };
  return { swarm, ann, fileId, mallory, dial, signed };
}

function ticketOf(member: MemberLink): Ticket {
  const { userId, deviceId } = member;
  return {
    userId,
    deviceId,
    groupId: GROUP,
    role: 'member',
    ...at(1),
    expiresAtMs: Date.now() + 60_000,
  };
}

/** A group as the tracker tells one of its members. */
async function standingOf(member: SwarmClient, groupId: string): Promise<GroupStanding> {
  const { groups } = await member.engine.whoami();
  const found = groups.find((group) => group.groupId === groupId);
  if (found === undefined) throw new Error(`${member.name} is not in ${groupId}`);
  return { groupId, incarnation: found.incarnation, epoch: found.epoch };
}

/** The key with which the tracker of a swarm signs. */
async function ticketKey(swarm: TestSwarm) {
  return createPrivateKey(await readFile(join(swarm.trackerFolder, 'ticket-key.pem'), 'utf8'));
}

/** Asks for everything without waiting for a single answer; what came back until the end. */
async function grab(
  dialler: FakeDialler,
  ticket: Uint8Array,
  fileId: string,
): Promise<readonly ReceivedFrame[]> {
  await dialler.greet(ticket);
  dialler.send({ type: 'open', fileRef: 0, fileId });
  const length = 256 * KiB;
  dialler.send({ type: 'request', fileRef: 0, pieceIndex: 0, offset: 0, length });
  return dialler.stream.untilEnd();
}

/** The code with which the peer hung up, when it gave away nothing else. */
function codeOf(t: Test, frames: readonly ReceivedFrame[]): string | undefined {
  for (const frame of frames) {
    t.not(frame.type, 'block', 'no byte');
    t.not(frame.type, 'opened', 'not which pieces there are');
    t.notMatch(JSON.stringify(frame), NAME, 'not its name');
  }
  const last = frames.at(-1);
  return last?.type === 'error' ? last.code : undefined;
}

for (const transport of ['tls', 'tcp'] as const) {
  t.test(`a ticket that is not good opens nothing over ${transport}`, async (t) => {
    const { fileId, mallory, dial, signed } = await scene(t, transport);
    const forger = generateKeyPairSync('ed25519').privateKey;
    const good = await mallory.ticket(GROUP);
    const bent = Buffer.from(good);
    bent[20]! ^= 1;
    const cases: [string, Uint8Array, string][] = [
      ['no ticket at all', new Uint8Array(0), 'TICKET_INVALID'],
      ['garbage', Buffer.alloc(200, 7), 'TICKET_INVALID'],
      [
        'a signature that is not the tracker’s',
        issueTicket(ticketOf(mallory), forger),
        'TICKET_INVALID',
      ],
      ['a changed byte', bent, 'TICKET_INVALID'],
      [
        'a ticket that has expired',
        // The peer goes by the tracker's time, which it knows but for the way of a message.
        await signed({ expiresAtMs: Date.now() - 10_000 }),
        'TICKET_EXPIRED',
      ],
      ['a ticket of another device', await signed({ deviceId: 'ab'.repeat(32) }), 'TICKET_INVALID'],
      [
        'a ticket of another incarnation',
        await signed({ incarnation: OTHER_INCARNATION }),
        'TICKET_INVALID',
      ],
      ['a ticket that lives for ever', await signed({ expiresAtMs: 2 ** 50 }), 'TICKET_INVALID'],
    ];
    for (const [what, ticket, code] of cases) {
      const dialler = await dial();
      t.equal(codeOf(t, await grab(dialler, ticket, fileId)), code, what);
    }
    const thief = await dial(createDeviceCredentials());
    t.equal(codeOf(t, await grab(thief, good, fileId)), 'TICKET_INVALID', 'a stolen ticket');
  });

  t.test(`a good ticket opens the files of its group only over ${transport}`, async (t) => {
    const { swarm, ann, fileId, mallory, dial, signed } = await scene(t, transport);
    const dialler = await dial();
    await dialler.greet(await mallory.ticket(GROUP));
    dialler.send({ type: 'open', fileRef: 3, fileId });
    t.match(await dialler.stream.nextOf('opened'), { fileRef: 3 });
    dialler.send({ type: 'request', fileRef: 3, pieceIndex: 1, offset: 7, length: 1000 });
    const { bytes } = await dialler.stream.nextOf('block');
    t.ok(bytes.equals(content.subarray(256 * KiB + 7, 256 * KiB + 1007)));

    await swarm.join(ann, 'inner circle'.replace(' ', '-'));
    const inner = await ann.share('inner.txt', sampleBytes(1000, 'inner'), {
      group: 'inner-circle',
    });
    dialler.send({ type: 'open', fileRef: 4, fileId: inner.fileId });
    t.match(await dialler.stream.nextOf('refused'), { fileRef: 4, code: 'NO_SUCH_FILE' });

    const stranger = await dial();
    await stranger.greet(await signed({ groupId: 'inner-circle' }));
    stranger.send({ type: 'open', fileRef: 0, fileId });
    t.match(
      await stranger.stream.nextOf('refused'),
      { code: 'NO_SUCH_FILE' },
      'nor with a ticket of another group',
    );
  });

  t.test(`over ${transport} a peer shows its key to strangers at most once`, async (t) => {
    const { ann, dial } = await scene(t, transport);
    const { deviceId } = await ann.engine.status();
    const dialler = await dial();
    const nonce = Buffer.alloc(32, 7);
    dialler.send({ type: 'prove', nonce });
    if (transport === 'tcp') {
      const proof = await dialler.stream.nextOf('proof');
      t.equal(deviceIdOfReach(nonce, proof), deviceId);
      dialler.send({ type: 'prove', nonce });
    }
    const frames = await dialler.stream.untilEnd();
    t.match(frames.at(-1), { type: 'error', code: 'PROTOCOL_VIOLATION' });
  });

  t.test(`a kicked member loses an open connection at once over ${transport}`, async (t) => {
    const { ann, fileId, mallory, dial } = await scene(t, transport);
    const old = await mallory.ticket(GROUP);
    const dialler = await dial();
    await dialler.greet(old);
    dialler.send({ type: 'open', fileRef: 0, fileId });
    await dialler.stream.nextOf('opened');
    await ann.engine.kick(GROUP, 'mallory');
    const frames = await dialler.stream.untilEnd();
    t.match(frames.at(-1), { type: 'error', code: 'REVOKED' });
    await t.rejects(mallory.ticket(GROUP), { code: 'NOT_A_MEMBER' });
    const again = await dial();
    t.equal(
      codeOf(t, await grab(again, old, fileId)),
      'EPOCH_OUTDATED',
      'the ticket from before the kick',
    );
  });
}

t.test('under TLS a caller without a certificate is refused', async (t) => {
  const { ann, fileId, mallory } = await scene(t, 'tls');
  const { listening, deviceId } = await ann.engine.status();
  const dialler = await dialServing({
    address: listening!,
    transport: 'tls',
    credentials: undefined,
    servingDeviceId: deviceId!,
  });
  const frames = await grab(dialler, await mallory.ticket(GROUP), fileId);
  t.equal(codeOf(t, frames), 'PEER_IDENTITY');
});

t.test('in the clear an answer meant for another device is refused', async (t) => {
  const { ann, fileId, mallory } = await scene(t, 'tcp');
  const { listening } = await ann.engine.status();
  const dialler = await dialServing({
    address: listening!,
    transport: 'tcp',
    credentials: mallory.credentials,
    servingDeviceId: mallory.deviceId,
  });
  const frames = await grab(dialler, await mallory.ticket(GROUP), fileId);
  t.equal(codeOf(t, frames), 'PEER_IDENTITY');
});

/** A download of `reader` that is under way, slowly. */
async function slowDownload(reader: SwarmClient): Promise<string> {
  const id = await reader.start('film.mkv');
  await reader.whenProgress(id, ({ fetched }) => fetched > 0);
  return id;
}

t.test('a kick ends the downloads of the kicked and of nobody else', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 2 * 1024 * KiB });
  const film = sampleBytes(12 * 256 * KiB);
  await ann.share('film.mkv', film);
  const [bob, cid] = [await swarm.client('bob'), await swarm.client('cid')];
  const [bobs, cids] = [await slowDownload(bob), await slowDownload(cid)];
  const ended = t.rejects(cid.finish(cids), { code: 'NOT_A_MEMBER' });
  await ann.engine.kick(GROUP, 'cid');
  await ended;
  t.match(await cid.engine.status(), { sharedFiles: 0, runningDownloads: 0 });
  await t.rejects(cid.engine.listFiles(GROUP), { code: 'NOT_A_MEMBER' });
  const { peers } = await bob.finish(bobs);
  t.ok((await bob.read('film.mkv')).equals(film));
  const ofAnn = peers.find(({ userId }) => userId === 'ann');
  t.match(ofAnn, { reason: 'closed' }, 'on the connection it had');
});

t.test('a file that is closed while it opens keeps its number until then', async (t) => {
  const { fileId, mallory, dial, ann } = await scene(t, 'tls');
  const dialler = await dial();
  await dialler.greet(await mallory.ticket(GROUP));
  await dialler.stream.nextOf('welcome');
  // In one write, so that the second frame is there before main can have answered the first.
  const open = (fileRef: number): PeerFrame => ({ type: 'open', fileRef, fileId });
  const close = (fileRef: number): PeerFrame => ({ type: 'close', fileRef });
  const sendAtOnce = (...frames: PeerFrame[]): void =>
    dialler.sendRaw(Buffer.concat(frames.map(encodeFrame)));
  sendAtOnce(open(0), close(0), open(1));
  t.match(await dialler.stream.nextOf('opened'), { fileRef: 1 }, 'the first is not opened at all');
  dialler.send({ type: 'open', fileRef: 0, fileId });
  t.match(await dialler.stream.nextOf('opened'), { fileRef: 0 }, 'then the number is free again');
  sendAtOnce(open(2), close(2), open(2));
  const frames = await dialler.stream.untilEnd();
  t.match(frames.at(-1), { type: 'error', code: 'PROTOCOL_VIOLATION' });
  t.match(await ann.engine.status(), { sharedFiles: 1 });
});

t.test('a handshake that never ends does not hold up the close', async (t) => {
  const { ann } = await scene(t, 'tls');
  const { listening, deviceId } = await ann.engine.status();
  const idle = await dialServing({
    address: listening!,
    transport: 'tcp',
    credentials: undefined,
    servingDeviceId: deviceId!,
  });
  await ann.close();
  t.same(await idle.stream.untilEnd(), []);
});
