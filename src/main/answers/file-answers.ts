/** What the commands about files that are shared answer. */
import * as v from 'valibot';
import type { AnswerShape, Keys } from './answer-shape.js';
import {
  count,
  elapsedMs,
  fault,
  fileId,
  fileName,
  groupId,
  moment,
  path,
  perhaps,
  size,
  text,
  word,
  yesNo,
} from './parts.js';

export const FILE_ID = '3f9a'.padEnd(64, '0');

const file = {
  fileName,
  size,
  sources: count('devices that serve all of it now'),
  partly: count('devices that serve some of it'),
  sharer: text('who has shared it longest'),
  fileId,
  sharedAtMs: perhaps(moment('since when it is shared')),
  fileCount: perhaps(count('how many files it has, of a folder')),
};
const fileExample = {
  ...{ fileName: 'film.mkv', size: 700_000_000, sources: 2, partly: 1, sharer: 'ann' },
  ...{ fileId: FILE_ID, sharedAtMs: 1_795_773_600_000 },
};

/** Files with which something failed, where the command goes on with the others. */
export const failures = v.pipe(
  v.array(v.strictObject({ groupId: perhaps(groupId), fileName, ...fault.entries })),
  v.description('names, or patterns that mean none, with which it failed: 100 at most'),
);

/** The frame of all that carries files over, of one and of many. */
export function transfers(files: v.GenericSchema): Keys {
  return {
    files: v.pipe(v.array(files), v.description('with which it is done: 10000 at most')),
    failures,
    isComplete: yesNo(
      'neither list was cut short; whether something failed is told by failures and counts',
    ),
    counts: v.strictObject({
      done: count('carried over'),
      already: count('with which there was nothing to do'),
      failed: count('failed'),
    }),
    bytes: count('of those that were carried over'),
    elapsedMs,
  };
}

export const frameExample = {
  ...{ failures: [], isComplete: true, counts: { done: 1, already: 0, failed: 0 } },
  ...{ bytes: 700_000_000, elapsedMs: 8_590 },
};

const hereStates = [
  ...(['yes', 'some', 'coming', 'older'] as const),
  ...(['changed', 'damaged', 'missing', 'no'] as const),
] as const;

const sharedStates = [
  ...(['served', 'older', 'idle', 'checking'] as const),
  ...(['changed', 'damaged', 'missing', 'refused'] as const),
] as const;

export const share = v.strictObject({
  groupId,
  fileName,
  fileId,
  path,
  size,
  partFiles: perhaps(count('how many files are here, of a folder of which some are not')),
  sharedAtMs: moment('since when'),
  state: word(sharedStates, 'what has become of it'),
  reason: perhaps(text('why it is not served, for people')),
});

export const fileAnswers = {
  files: {
    results: [
      {
        groupId,
        files: v.array(
          v.strictObject({ ...file, here: word(hereStates, 'what of it is on this machine') }),
        ),
      },
      {
        groupId,
        fileName,
        inside: perhaps(text('the folder in it that was asked for')),
        entries: v.array(
          v.strictObject({
            path: text('its path, from the folder that is shared'),
            kind: word(['file', 'folder'], 'what it is'),
            size: perhaps(size),
            changedAtMs: perhaps(moment('when it was changed')),
            isExecutable: perhaps(yesNo('it may be run')),
          }),
        ),
      },
    ],
    examples: [
      { groupId: 'film-club', files: [{ ...fileExample, here: 'yes' }] },
      {
        ...{ groupId: 'film-club', fileName: 'album' },
        entries: [
          {
            ...{ path: 'a.jpg', kind: 'file', size: 4_096 },
            ...{ changedAtMs: 1_795_773_600_000, isExecutable: false },
          },
        ],
      },
    ],
    remark: 'The second is of what is in a folder: `p2p files film-club album/`.',
  },
  search: {
    results: [
      {
        files: v.array(v.strictObject({ groupId, ...file })),
        isComplete: yesNo('there are no more'),
      },
    ],
    examples: [{ files: [{ groupId: 'film-club', ...fileExample }], isComplete: true }],
  },
  upload: {
    results: [
      {
        groupId,
        ...transfers(
          v.strictObject({
            fileName,
            size,
            fileId,
            outcome: word(
              ['created', 'source-added', 'already-shared', 'replaced'],
              'what came of it',
            ),
            folder: perhaps(
              v.strictObject({
                files: count('how many files it has'),
                leftOut: v.strictObject({
                  count: count('links and special files, which are left out'),
                  first: v.array(
                    v.strictObject({
                      path: text('its path'),
                      why: word(['link', 'special'], 'why'),
                    }),
                  ),
                }),
              }),
            ),
          }),
        ),
      },
    ],
    examples: [
      {
        groupId: 'film-club',
        files: [{ fileName: 'film.mkv', size: 700_000_000, fileId: FILE_ID, outcome: 'created' }],
        ...frameExample,
      },
    ],
  },
  shares: {
    results: [{ shares: v.array(share) }],
    examples: [
      {
        shares: [
          {
            ...{
              groupId: 'film-club',
              fileName: 'film.mkv',
              fileId: FILE_ID,
              path: '/srv/ann/film.mkv',
            },
            ...{ size: 700_000_000, sharedAtMs: 1_795_773_600_000, state: 'served' },
          },
        ],
      },
    ],
  },
  'stop-share': {
    results: [
      {
        groupId,
        fileName: perhaps(text('the first of them')),
        files: v.array(v.strictObject({ fileName })),
        failures,
      },
    ],
    examples: [
      {
        ...{ groupId: 'film-club', fileName: 'film.mkv' },
        ...{ files: [{ fileName: 'film.mkv' }], failures: [] },
      },
    ],
  },
  verify: {
    results: [
      {
        files: count('files that were read'),
        bytes: count('bytes that were read'),
        elapsedMs,
        failures,
        flawed: v.array(
          v.strictObject({
            groupId,
            fileName,
            path,
            size,
            state: word(['damaged', 'changed', 'unsteady', 'missing'], 'what is wrong'),
            badPieces: count('pieces that do not match'),
            badBytes: count('bytes of those'),
            ranges: v.array(
              v.strictObject({ from: count('offset'), to: count('offset behind the last') }),
            ),
            files: perhaps(v.array(text('where they are, in a folder'))),
            repair: perhaps(
              v.variant('state', [
                v.strictObject({ state: v.literal('repaired'), fetched: size }),
                v.strictObject({ state: v.literal('failed'), error: fault }),
              ]),
            ),
            olderPath: perhaps(
              text(
                'where what had been changed stays since the repair; of a folder a folder with those files',
              ),
            ),
          }),
        ),
      },
    ],
    examples: [{ files: 7, bytes: 702_545_920, elapsedMs: 1_204, flawed: [], failures: [] }],
    remark: 'What is flawed, and was not repaired, comes with an error.',
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
