/** What the commands about links for guests answer. */
import * as v from 'valibot';
import type { AnswerShape } from './answer-shape.js';
import { count, fileName, groupId, moment, perhaps, size, text, yesNo } from './parts.js';

const linkId = text('its id: 64 hex digits');
const expiresAtMs = moment('when it ends');
const downloads = perhaps(count('how many downloads it is good for; left out for any number'));
const hasPassword = yesNo('guests have to say a password');
/** Where guests come in, if they have a way in. */
export const gateway = perhaps(
  v.strictObject({
    ...{ host: text('where guests come in'), port: count('and its port') },
    fingerprint: perhaps(text('SHA-256 of its certificate, if no authority vouches for it')),
  }),
);
const ID = '3f9a'.padEnd(64, '0');
const named = { linkId: ID, groupId: 'film-club', fileName: 'film.mkv' };

export const guestAnswers = {
  link: {
    results: [
      {
        link: text('the link: whoever has it takes the file'),
        ...{ linkId, groupId, fileName, expiresAtMs, downloads, hasPassword },
        fingerprint: perhaps(
          text('SHA-256 of the certificate that guests are shown, if no authority vouches for it'),
        ),
      },
    ],
    examples: [
      {
        link: 'https://192.0.2.10:8443/g/SECRET/film.mkv',
        ...named,
        ...{ expiresAtMs: 1_795_950_000_000, downloads: 3, hasPassword: false },
      },
    ],
  },
  links: {
    results: [
      {
        links: v.array(
          v.strictObject({
            ...{ linkId, groupId, fileName, size },
            isFolder: yesNo('it is a folder'),
            createdAtMs: moment('when it was made'),
            ...{ expiresAtMs, downloads },
            taken: count('downloads that were begun'),
            hasPassword,
          }),
        ),
      },
      { linkId, groupId, fileName },
    ],
    examples: [
      {
        links: [
          {
            ...named,
            ...{ size: 734_003_200, isFolder: false, createdAtMs: 1_795_777_200_000 },
            ...{ expiresAtMs: 1_795_950_000_000, downloads: 3, taken: 1, hasPassword: false },
          },
        ],
      },
      named,
    ],
    remark: 'The second is the answer to `--revoke`.',
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
