/** What the commands about the own account answer. */
import * as v from 'valibot';
import type { AnswerShape } from './answer-shape.js';
import {
  count,
  deviceId,
  fileName,
  groupId,
  moment,
  perhaps,
  role,
  text,
  userId,
  word,
  yesNo,
} from './parts.js';

const DEVICE = '3f9a'.padEnd(64, '0');

export const trackerIdentity = v.strictObject({
  how: word(['key', 'authority'], 'by its own key, or by an authority of this machine'),
  id: text('SHA-256 of the key, or the name'),
});

export const accountAnswers = {
  'create-user': { results: [{ userId }], examples: [{ userId: 'ann' }] },
  login: {
    results: [
      {
        userId,
        restored: count('files that are shared again'),
        skipped: v.array(v.strictObject({ groupId, fileName, reason: text('why it is not') })),
      },
    ],
    examples: [{ userId: 'ann', restored: 7, skipped: [] }],
  },
  logout: {
    results: [{ isEverywhere: yesNo('on all devices, and not on this one alone') }, { deviceId }],
    examples: [{ isEverywhere: false }, { deviceId: DEVICE }],
  },
  passwd: { results: [{}], examples: [{}] },
  devices: {
    results: [
      {
        devices: v.array(
          v.strictObject({
            deviceId,
            firstSeenAtMs: moment('the first login there'),
            lastSeenAtMs: moment('the last one, or use of it, to within an hour'),
            isLoggedIn: yesNo('a login there is good'),
            isThis: yesNo('it is this one'),
          }),
        ),
      },
    ],
    examples: [
      {
        devices: [
          {
            ...{ deviceId: DEVICE, firstSeenAtMs: 1_795_773_600_000 },
            ...{ lastSeenAtMs: 1_795_777_200_000, isLoggedIn: true, isThis: true },
          },
        ],
      },
    ],
  },
  whoami: {
    results: [
      {
        userId,
        tracker: text('the tracker, `HOST:PORT`'),
        trackerIdentity: perhaps(trackerIdentity),
        deviceId,
        groups: v.array(v.strictObject({ groupId, role: role('what one is in it') })),
      },
    ],
    examples: [
      {
        ...{ userId: 'ann', tracker: '192.0.2.10:8000', deviceId: DEVICE },
        groups: [{ groupId: 'film-club', role: 'owner' }],
      },
    ],
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
