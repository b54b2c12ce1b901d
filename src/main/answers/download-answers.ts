/** What the commands about downloads answer. */
import * as v from 'valibot';
import type { AnswerShape, Keys } from './answer-shape.js';
import { FILE_ID, failures, frameExample, share, transfers } from './file-answers.js';
import {
  bytesPerSecond,
  count,
  elapsedMs,
  fault,
  fileId,
  fileName,
  groupId,
  limitScope,
  path,
  peer,
  peerNow,
  perhaps,
  size,
  text,
  word,
} from './parts.js';

const DEVICE = '3f9a'.padEnd(64, '0');
const id = text('names the download');

const delays = v.strictObject({
  p50: count('microseconds'),
  p99: count('microseconds'),
  max: count('microseconds'),
});

const downloaded = v.strictObject({
  groupId: perhaps(groupId),
  fileName,
  path,
  olderPath: perhaps(text('where the older version is, whose place it took')),
  outcome: word(['downloaded', 'already-there', 'skipped'], 'what came of it'),
  size,
  fetched: perhaps(count('bytes that this run has fetched')),
  reused: perhaps(count('bytes that were copied from what is here')),
  elapsedMs: perhaps(elapsedMs),
  phasesMs: perhaps(
    v.strictObject({
      connect: count('until the first byte'),
      transfer: count('until the last piece'),
      finish: count('until it is on the disk and has its name'),
    }),
  ),
  peers: perhaps(v.pipe(v.array(peer), v.description('of one file; of many none are told'))),
  eventLoopDelayUs: perhaps(delays),
});
const file = {
  ...{ fileName: 'film.mkv', path: '/home/ben/film.mkv', outcome: 'downloaded', size: 700_000_000 },
  ...{ fetched: 700_000_000, reused: 0, elapsedMs: 8_590 },
  phasesMs: { connect: 120, transfer: 8_300, finish: 170 },
  peers: [
    {
      ...{ userId: 'ann', deviceId: DEVICE, address: '192.0.2.20:7001', state: 'gone' },
      ...{ bytes: 700_000_000, badPieces: 0 },
    },
  ],
};
const download: AnswerShape = {
  results: [{ groupId, ...transfers(downloaded) }],
  examples: [{ groupId: 'film-club', files: [file], ...frameExample }],
};

/** A download that goes on or stands still. */
const held = v.strictObject({
  id,
  groupId,
  fileName,
  path,
  kept: count('bytes on the disk'),
  size,
});
const named = {
  ...{ id: '6f0c', groupId: 'film-club', fileName: 'film.mkv', path: '/home/ben/film.mkv' },
};
const heldExample = { ...named, kept: 91_226_112, size: 700_000_000 };
const unwanted: AnswerShape = {
  results: [
    {
      downloads: v.array(
        v.strictObject({
          ...{ id, groupId, fileName, path },
          freedBytes: count('bytes of the disk that came free'),
          foreignPath: perhaps(text('what has the name of its part file, is not ours, and stays')),
        }),
      ),
      failures,
    },
  ],
  examples: [{ downloads: [{ ...named, freedBytes: 91_226_112 }], failures: [] }],
};

export const downloadState = word(
  [
    ...(['queued', 'checking', 'copying', 'downloading', 'finishing'] as const),
    ...(['complete', 'failed', 'cancelled', 'paused', 'interrupted'] as const),
  ],
  'where it stands',
);

const causes = [
  ...(['logged-out', 'tracker-away', 'complete', 'shared', 'not-begun', 'paused'] as const),
  ...(['stopped', 'failed', 'in-line', 'checking', 'finishing', 'no-holder'] as const),
  ...(['unreached', 'banned', 'silent', 'own-limit', 'disk', 'disk-silent'] as const),
  ...(['disk-back', 'peers'] as const),
] as const;

const peersOfFile = { fileName, peers: v.array(peerNow) };
const peersExample = {
  fileName: 'film.mkv',
  peers: [{ ...file.peers[0], state: 'active', bytesPerSecond: 39_845_888 }],
};

const reason = {
  fileName,
  cause: word(causes, 'what it waits for'),
  tracker: perhaps(text('of `tracker-away`')),
  path: perhaps(text('of `complete`')),
  share: perhaps(share),
  sources: perhaps(count('of `not-begun`: devices that offer it')),
  kept: perhaps(count('of `stopped`: bytes on the disk')),
  size: perhaps(count('of `stopped`: bytes')),
  message: perhaps(text('of `failed`, for people')),
  place: perhaps(count('of `in-line`, from 1')),
  sharer: perhaps(text('of `no-holder`: who shares it')),
  bytesPerSecond: perhaps(count('of `own-limit`: the limit')),
  scope: perhaps(limitScope),
  waiting: perhaps(count('of `disk`: bytes that wait for it')),
  waitMs: perhaps(
    count('of `disk-silent` and `disk-back`: milliseconds in which the disk took nothing'),
  ),
  peers: v.array(peerNow),
};
const reasonExample = { fileName: 'film.mkv', cause: 'no-holder', sharer: 'ann', peers: [] };
const FIRST = 'What stands beside `files` is of the first of them.';

/** The same keys, which are absent when there is none. */
function ofFirst(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, perhaps(key)]));
}

export const downloadAnswers = {
  download,
  get: download,
  downloads: {
    results: [
      {
        downloads: v.array(
          v.strictObject({
            ...{ id, groupId, fileName, fileId, path, state: downloadState, size },
            verified: count('bytes that are verified and written'),
            kept: count('bytes that survive whatever happens'),
            fetched: count('bytes that this run has fetched'),
            bytesPerSecond,
            peers: v.array(peer),
            place: perhaps(count('in the line, from 1')),
            diskWaitMs: perhaps(
              count('milliseconds in which the disk has taken nothing of what came'),
            ),
            diskWaitedMs: perhaps(
              count('milliseconds in which it had taken nothing; told for a while after that'),
            ),
            error: perhaps(fault),
          }),
        ),
      },
    ],
    examples: [
      {
        downloads: [
          {
            ...{ ...named, state: 'downloading', size: 700_000_000, verified: 91_226_112 },
            ...{ kept: 83_886_080, fetched: 91_226_112, bytesPerSecond: 39_845_888, peers: [] },
            fileId: FILE_ID,
          },
        ],
      },
    ],
  },
  sync: {
    results: [
      {
        groupId,
        folder: text('the folder'),
        files: count('items of the group that are to be here'),
        here: count('of them that are'),
        fetched: count('that came'),
        shared: count('that were shared, as new or as newer versions'),
        removed: count('that were removed here'),
        bytes: count('bytes that came'),
        elapsedMs,
        failures: v.pipe(
          v.array(v.strictObject({ fileName, ...fault.entries })),
          v.description('what failed, or was left as it is: the first of them'),
        ),
        failed: count('how many they are'),
      },
      {
        groupId,
        folder: text('the folder'),
        state: word(['waiting'], 'all is the same, as far as that is possible'),
      },
    ],
    examples: [
      {
        ...{ groupId: 'film-club', folder: '/home/ben/film-club', files: 214, here: 214 },
        ...{ fetched: 3, shared: 0, removed: 0, bytes: 50_331_648, elapsedMs: 4_100 },
        ...{ failures: [], failed: 0 },
      },
      { groupId: 'film-club', folder: '/home/ben/film-club', state: 'waiting' },
    ],
    remark: 'The first with `--once`; the second, once, where it goes on.',
  },
  peers: {
    results: [
      { groupId, ...ofFirst(peersOfFile), files: v.array(v.strictObject(peersOfFile)), failures },
    ],
    examples: [
      {
        ...{ groupId: 'film-club', ...peersExample },
        ...{ files: [peersExample], failures: [] },
      },
    ],
    remark: FIRST,
  },
  why: {
    results: [{ groupId, ...ofFirst(reason), files: v.array(v.strictObject(reason)), failures }],
    examples: [{ groupId: 'film-club', ...reasonExample, files: [reasonExample], failures: [] }],
    remark: FIRST,
  },
  pause: {
    results: [{ downloads: v.array(held), failures }],
    examples: [{ downloads: [heldExample], failures: [] }],
  },
  resume: {
    results: [
      { downloads: v.array(held), ...transfers(downloaded) },
      { downloads: v.array(held), failures },
    ],
    examples: [
      {
        downloads: [heldExample],
        files: [{ groupId: 'film-club', ...file }],
        ...frameExample,
      },
      { downloads: [heldExample], failures: [] },
    ],
    remark: 'The second where a client stays that goes on with them.',
  },
  move: {
    results: [
      {
        downloads: v.array(
          v.strictObject({
            ...{ id, groupId, fileName, path },
            priority: word(['high', 'normal', 'low'], 'its turn among those that wait'),
            place: count('in the line, from 1'),
            of: count('how many wait'),
          }),
        ),
        failures,
      },
    ],
    examples: [{ downloads: [{ ...named, priority: 'normal', place: 1, of: 3 }], failures: [] }],
  },
  cancel: unwanted,
  forget: unwanted,
} as const satisfies Readonly<Record<string, AnswerShape>>;
