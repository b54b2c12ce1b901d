/** What a file waits for, situation by situation, and that each has words of its own. */
import t from 'tap';
import type { DownloadProgress, PeerProgress } from '../../../src/main/api/progress.js';
import type { WayBytes } from '../../../src/main/api/client-status.js';
import type { LimitedTo } from '../../../src/main/api/rate-limits.js';
import type { SharedFile, SharedFileState } from '../../../src/main/api/shared-files.js';
import {
  causeOf,
  downloadsThatMatter,
  peersNow,
  type WhyFacts,
} from '../../../src/main/commands/why-cause.js';
import { whyLine, whyPeerLine } from '../../../src/main/terminal/why-lines.js';

const MIB = 2 ** 20;
const received = (wan: number, lan = 0): WayBytes => ({ lan, wan, relay: 0 });
const taking = (...all: Parameters<typeof received>): WhyFacts['status'] => ({
  ...online,
  trafficBytesPerSecond: { sent: received(0), received: received(...all) },
});
const all = (down: LimitedTo) => ({ scope: { kind: 'all' }, down }) as const;
const wan = (down: LimitedTo) => ({ scope: { kind: 'wan' }, down }) as const;
const lan = (down: LimitedTo) => ({ scope: { kind: 'lan' }, down }) as const;
const ofGroup = (groupId: string, down: LimitedTo) =>
  ({ scope: { kind: 'group', groupId }, down }) as const;
const online: WhyFacts['status'] = {
  ...{ userId: 'ben', tracker: '192.0.2.1:8000', isTrackerConnected: true },
  trafficBytesPerSecond: { sent: received(0), received: received(0) },
};
const away = { ...online, isTrackerConnected: false };
const none: WhyFacts = {
  ...{ status: online, holding: [], groupBytesPerSecond: 0 },
  ...{ download: undefined, share: undefined, row: undefined },
};
const row = { sources: 2, sharer: 'ann', fileId: 'x' };

function peer(state: PeerProgress['state'], bytes = 0): PeerProgress {
  return { userId: 'ann', deviceId: 'd', address: '192.0.2.2:7001', state, bytes, badPieces: 0 };
}

function download(
  state: DownloadProgress['state'],
  more: Partial<DownloadProgress> = {},
): DownloadProgress {
  return {
    ...{ id: '1', groupId: 'g', fileName: 'f', fileId: 'x', path: '/d/f', state },
    size: 400 * MIB,
    ...{ verified: 200 * MIB, kept: 190 * MIB, fetched: 0, bytesPerSecond: 0, peers: [], ...more },
  };
}

function share(state: SharedFileState): SharedFile {
  return { groupId: 'g', fileName: 'f', fileId: 'x', path: '/s/f', size: 1, sharedAtMs: 0, state };
}

const moving = { bytesPerSecond: 10 * MIB, peers: [peer('active', MIB)] };
const inMotion = download('downloading', moving);
const allGone = download('downloading', { peers: [peer('gone')] });
const bannedAndGone = download('downloading', { peers: [peer('gone'), peer('banned')] });
const situations: readonly (readonly [string, Partial<WhyFacts>, RegExp])[] = [
  ['logged-out', { status: { ...online, userId: undefined } }, /p2p login first/],
  ['tracker-away', { status: away }, /192\.0\.2\.1:8000 cannot be reached/],
  ['tracker-away', { status: { ...away, tracker: undefined } }, /no tracker is known/],
  ['tracker-away', { status: away, download: download('downloading') }, /dialled again/],
  ['not-begun', { row }, /nobody downloads it here; 2 devices have it: p2p download/],
  ['not-begun', { row: { ...row, sources: 1 } }, /1 device has it/],
  ['no-holder', { row: { ...row, sources: 0 } }, /ann shared it and has to run p2p serve/],
  ['no-holder', { download: download('downloading') }, /as soon as somebody is/],
  ['complete', { download: download('complete') }, /complete, at \/d\/f/],
  ['complete', { download: download('complete'), share: share('served') }, /complete/],
  ['paused', { download: download('paused') }, /paused; p2p resume goes on/],
  ['stopped', { download: download('cancelled') }, /190 MiB of 400 MiB are kept/],
  ['stopped', { download: download('interrupted'), row }, /p2p resume goes on/],
  [
    'failed',
    { download: download('failed', { error: { code: 'DISK_FULL', message: 'the disk is full' } }) },
    /failed: the disk is full/,
  ],
  ['in-line', { download: download('queued', { place: 3 }) }, /at place 3; p2p move changes that$/],
  ['in-line', { download: download('queued') }, /has its turn now$/],
  ['checking', { download: download('checking') }, /is read and checked/],
  ['finishing', { download: download('finishing') }, /put in its place/],
  [
    'unreached',
    { download: download('downloading', { peers: [peer('connecting')] }) },
    /--announce/,
  ],
  ['unreached', { download: download('downloading', { peers: [peer('gone')] }) }, /can be reached/],
  [
    'tracker-away',
    { status: away, download: download('downloading', { peers: [peer('gone')] }) },
    /cannot be reached/,
  ],
  [
    'no-holder',
    {
      row: { ...row, sources: 0 },
      download: download('downloading', { peers: [peer('gone'), peer('banned')] }),
    },
    /nobody who has it is online/,
  ],
  [
    'unreached',
    { row, download: download('downloading', { peers: [peer('gone')] }) },
    /can be reached/,
  ],
  // Who is told of is the banned one; the other left.
  ['banned', { row: { ...row, sources: 1 }, download: bannedAndGone }, /when somebody else has it/],
  ['unreached', { row, download: bannedAndGone }, /can be reached/],
  ['tracker-away', { status: away, download: bannedAndGone }, /cannot be reached/],
  // The share was ended.
  ['no-holder', { row: 'none', download: allGone }, /as soon as somebody is/],
  ['no-holder', { row: 'none', download: bannedAndGone }, /as soon as somebody is/],
  ['no-holder', { row: 'none' }, /as soon as somebody is/],
  // The name stands for a newer content, which nobody downloads here.
  ['no-holder', { row: { ...row, fileId: 'newer' }, download: allGone }, /as soon as somebody is/],
  [
    'no-holder',
    { row: { ...row, fileId: 'newer' }, download: download('downloading') },
    /is online; it/,
  ],
  ['banned', { download: download('downloading', { peers: [peer('banned')] }) }, /wrong bytes/],
  [
    'silent',
    { download: download('downloading', { peers: [peer('banned'), peer('snubbed')] }) },
    /sends nothing just now/,
  ],
  ['peers', { download: download('downloading', moving) }, /as fast as whoever has it sends/],
  [
    'own-limit',
    { holding: [all(11 * MIB)], download: inMotion },
    /limit of 11 MiB\/s lets it; p2p l/,
  ],
  [
    'own-limit',
    { holding: [all(90 * MIB), wan(11 * MIB)], download: inMotion },
    /limit of 11 MiB\/s outside your own network lets it/,
  ],
  ['peers', { holding: [wan(MIB)], download: inMotion }, /as fast as whoever has it sends/],
  // What it is held by is shared with others.
  [
    'own-limit',
    { holding: [all(30 * MIB)], status: taking(20 * MIB, 9 * MIB), download: inMotion },
    /limit of 30 MiB\/s lets it/,
  ],
  [
    'own-limit',
    { holding: [ofGroup('g', 40 * MIB)], groupBytesPerSecond: 39 * MIB, download: inMotion },
    /limit of 40 MiB\/s for g lets it/,
  ],
  [
    'peers',
    { holding: [ofGroup('h', 40 * MIB)], groupBytesPerSecond: 39 * MIB, download: inMotion },
    /as fast as whoever has it sends/,
  ],
  [
    'own-limit',
    { holding: [lan(50 * MIB)], status: taking(0, 49 * MIB), download: inMotion },
    /limit of 50 MiB\/s within your own network lets it/,
  ],
  // What stays in the own network does not count with all then.
  [
    'peers',
    { holding: [lan('none'), all(50 * MIB)], status: taking(0, 49 * MIB), download: inMotion },
    /as fast as whoever has it sends/,
  ],
  [
    'peers',
    { holding: [lan('none'), all(10 * MIB)], status: taking(0, 9.5 * MIB), download: inMotion },
    /as fast as whoever has it sends/,
  ],
  [
    'peers',
    { holding: [wan(10 * MIB)], status: taking(MIB, 9 * MIB), download: inMotion },
    /as fast as whoever has it sends/,
  ],
  [
    'own-limit',
    { holding: [all(10 * MIB)], status: taking(0, 9.5 * MIB), download: inMotion },
    /limit of 10 MiB\/s lets it/,
  ],
  [
    'own-limit',
    {
      ...{ holding: [lan('none'), all(11 * MIB)], download: inMotion },
      status: taking(6 * MIB, 2 * MIB),
    },
    /limit of 11 MiB\/s lets it/,
  ],
  ['disk', { download: download('downloading', { ...moving, kept: MIB }) }, /199 MiB wait/],
  // What came before still counts as a rate for a moment, and peers are taken for silent ones after a while.
  [
    'disk-silent',
    { download: download('downloading', { ...moving, diskWaitMs: 12_400 }) },
    /has taken nothing for 12 s/,
  ],
  [
    'disk-silent',
    { download: download('downloading', { peers: [peer('snubbed')], diskWaitMs: 125_000 }) },
    /has taken nothing for 2 m 5 s/,
  ],
  ['disk-silent', { download: download('queued', { diskWaitMs: 12_400 }) }, /nothing for 12 s/],
  [
    'disk-back',
    { row, download: download('downloading', { peers: [peer('gone')], diskWaitedMs: 25_000 }) },
    /had taken nothing for 25 s and takes it again; whoever has it is dialled again/,
  ],
  ['peers', { download: download('downloading', { ...moving, diskWaitedMs: 25_000 }) }, /as fast/],
  ['shared', { share: share('served') }, /served to the group/],
  ['shared', { share: share('older') }, /newer one/],
  ['shared', { share: share('idle') }, /p2p serve does/],
  ['shared', { share: share('checking') }, /touched it/],
  ['shared', { share: share('changed') }, /p2p upload --replace/],
  ['shared', { share: share('damaged') }, /p2p verify --repair/],
  ['shared', { download: download('complete'), share: share('missing') }, /fetches it again/],
  ['shared', { share: share('refused') }, /does not take it/],
];

t.test('every situation has its cause, and a sentence that says what to do', async (t) => {
  for (const [cause, facts, sentence] of situations) {
    const why = causeOf({ ...none, ...facts });
    t.equal(why.cause, cause, JSON.stringify(facts));
    t.match(
      whyLine(why, (verb) => `p2p ${verb}`),
      sentence,
    );
  }
});

t.test('of several downloads of a file the one that runs matters, else the last', async (t) => {
  const old = download('complete', { id: 'old' });
  const running = download('downloading', { id: 'running' });
  const last = download('failed', { id: 'last' });
  const other = download('complete', { id: 'other', fileName: 'other' });
  const ids = (all: readonly DownloadProgress[], names = ['f']): string[] =>
    [...downloadsThatMatter(all, 'g', names).values()].map(({ id }) => id);
  t.same(ids([old, running, last]), ['running']);
  t.same(ids([old, last]), ['last']);
  t.same(ids([old, other, last], ['other', 'f', 'none']), ['last', 'other']);
  t.same(ids([old], ['other']), []);
});

t.test('the rate of a peer is what it brought between two looks', async (t) => {
  const before = [peer('active', MIB)];
  const after = [peer('active', 3 * MIB), { ...peer('active', MIB), deviceId: 'e' }];
  const rates = (elapsedMs: number): number[] =>
    peersNow(before, after, elapsedMs).map(({ bytesPerSecond }) => bytesPerSecond);
  t.same(rates(500), [4 * MIB, 2 * MIB]);
  t.same(rates(0), [0, 0]);
});

t.test('a line for a peer says where, how and why, and shows no control character', async (t) => {
  const line = whyPeerLine({
    ...peer('gone'),
    ...{ userId: 'a\u001b[2Jnn', address: '', tried: ['192.0.2.2:7001', '[2001:db8::2]:7001'] },
    ...{ reason: 'refused', badPieces: 1, bytesPerSecond: 0 },
  });
  t.match(line, 'nn at 192.0.2.2:7001, [2001:db8::2]:7001: gone, 1 bad piece: refused');
  t.notMatch(line, '\u001b');
  const active = { ...peer('active', 2 * MIB), way: 'relayed' as const, bytesPerSecond: MIB };
  t.match(whyPeerLine(active), 'relayed: connected, 2 MiB in all, 1 MiB/s now');
});
