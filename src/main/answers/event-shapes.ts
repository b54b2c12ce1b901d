/** What `--events` and `p2p events` print, as schemas: an event by its name, its keys besides the common ones. */
import * as v from 'valibot';
import type { Keys } from './answer-shape.js';
import { reach } from './client-answers.js';
import {
  bytesPerSecond,
  count,
  deviceId,
  fault,
  fileId,
  fileName,
  groupId,
  moment,
  path,
  perhaps,
  peer,
  size,
  text,
  userId,
  word,
} from './parts.js';

/** Keys that each event has. */
export const commonKeys = {
  event: text('what has happened'),
  v: v.pipe(v.literal(1), v.description('the version of all events')),
  time: moment('when'),
};

const work = word(['download', 'upload', 'verify'], 'what is done');
const id = perhaps(text('of the download'));
const ofWork = { work, id, groupId: perhaps(groupId), fileName };
const folder = text('the folder that is kept the same');
const ofFile = { groupId, fileName };
const groupFile = { ...ofFile, fileId, size, sharer: text('who has shared it longest') };
const ofUser = { groupId, userId };
const tracker = text('the tracker, `HOST:PORT`');
const failure = { error: fault };
const state = word(
  [
    ...(['queued', 'checking', 'copying', 'downloading', 'finishing', 'complete'] as const),
    ...(['failed', 'cancelled', 'paused', 'interrupted', 'reading', 'repairing'] as const),
  ],
  'what is done with it now',
);
const { way, reason } = peer.entries;
const whose = { ...ofFile, userId, deviceId };
const take = { ...whose, address: text('where it is, `HOST:PORT`'), way, size };
const answer = v.pipe(
  v.looseObject({ version: v.literal(1) }),
  v.description('as `--json` has it'),
);

/** Of a command that was given `--events`; `p2p events` begins with a `ready` of its own. */
export const commandEventShapes: Readonly<Record<string, Keys>> = {
  notice: { message: text('a remark for people') },
  ready: { answer },
  result: { status: count('the exit status'), answer },
};

/** How far a piece of work is. */
export const workEventShapes: Readonly<Record<string, Keys>> = {
  started: { ...ofWork, path: perhaps(path), size },
  progress: { ...ofWork, state, size, done: count('bytes done'), bytesPerSecond },
  peer: {
    ...whose,
    address: text('where it is, or empty'),
    state: peer.entries.state,
    way,
    reason,
  },
  'piece-bad': { ...whose, pieces: count('of it that did not match, since the last time') },
  done: { ...ofWork, path: perhaps(path), size, fetched: perhaps(count('bytes that came now')) },
  failed: { ...ofWork, ...failure },
};

/** What else happens in a client. */
export const clientEventShapes: Readonly<Record<string, Keys>> = {
  'take-started': take,
  'take-ended': { ...take, bytes: count('sent on this connection') },
  'file-taken': { userId, ...ofFile, size, bytes: count('sent'), atMs: moment('when') },
  'files-taken': { userId, files: count('files'), bytes: count('sent'), atMs: moment('when') },
  'share-added': { ...ofFile, size },
  'share-ended': ofFile,
  'share-skipped': { ...ofFile, reason: text('why') },
  'share-broken': { groupId, fileId, ...failure },
  'share-served-again': { ...ofFile, path },
  'share-replaced': { ...ofFile, sharer: perhaps(text('who shares the newer version')) },
  'share-delayed': { ...ofFile, ...failure },
  'download-ended': { ...ofFile, path, error: perhaps(fault) },
  'sync-begun': {
    ...{ groupId, folder },
    files: count('items of the group that are to be here'),
    here: count('of them that are'),
    toFetch: count('to be fetched'),
    toShare: count('to be shared'),
    size: count('bytes of what is to be fetched'),
  },
  'sync-step': {
    ...{ ...ofFile, folder },
    step: word(
      ['fetched', 'newer', 'shared', 'shared-newer', 'gone', 'ended', 'left', 'failed'],
      'what was done',
    ),
    size: perhaps(size),
    from: perhaps(v.pipe(v.array(v.string()), v.description('who has delivered it'))),
    kept: perhaps(text('the name under which what was here before is kept')),
    error: perhaps(fault),
    atMs: moment('when'),
  },
  'sync-waiting': { groupId, folder },
  'file-added': groupFile,
  'file-replaced': groupFile,
  'file-removed': { ...ofFile, fileId },
  'part-changed': { ...ofFile, path },
  'join-request': ofUser,
  'joined-by-link': ofUser,
  'member-added': ofUser,
  'member-removed': ofUser,
  membership: {
    groupId,
    state: word(
      [
        ...(['owner', 'admin', 'member', 'reader', 'former-owner'] as const),
        ...(['rejected', 'removed', 'banned', 'replaced'] as const),
      ],
      'what one is in it now',
    ),
    by: perhaps(text('by whom')),
  },
  'logged-in': { userId, files: count('files that are served') },
  'logged-out': {},
  'session-lost': failure,
  'logout-untold': failure,
  'tracker-met': { tracker, how: word(['key', 'authority'], 'how it is known'), deviceId },
  'tracker-refused': { tracker, ...failure },
  'tracker-connected': { tracker },
  'tracker-silent': { tracker },
  'tracker-lost': failure,
  'tracker-still-lost': failure,
  'tracker-retried': { attempts: count('by now'), ...failure },
  'tracker-back': { tracker },
  'tracker-unreachable': failure,
  'notification-ignored': { name: text('what this version does not know') },
  reach: { reach },
  'library-gone': { path },
  'background-failed': failure,
  'control-unavailable': { reason: text('why') },
  'control-fault': { detail: text('for who reports it') },
  lost: { events: count('that were left out here, because nobody read them') },
};

const shapes: ReadonlyMap<string, Keys> = new Map(
  Object.entries({ ...commandEventShapes, ...workEventShapes, ...clientEventShapes }),
);

/** What is wrong with a line as an event; nothing, if it is one. */
export function flawsOfEvent(line: unknown): string[] {
  const name = v.safeParse(v.looseObject({ event: v.string() }), line);
  const keys = name.success ? shapes.get(name.output.event) : undefined;
  if (keys === undefined) return ['event: there is none of that name'];
  const { issues = [] } = v.safeParse(v.strictObject({ ...commonKeys, ...keys }), line);
  return issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}
