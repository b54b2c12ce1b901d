/** What happens in a client, as one line for people. The only place that makes sentences of it. */
import type { ClientEvent, NewsEvent } from '../api/client-events.js';
import { isDetail } from '../api/detail-events.js';
import { display } from '../../net/display.js';
import { detailLine } from './detail-lines.js';
import { formatBytes } from './quantities.js';
import { reachLine } from './reach-lines.js';
import { quoteArguments, quoteShellWord } from './shell-words.js';
import { withSpokenCommands, type SayCommand } from './spoken-commands.js';
import { syncBegunLine, syncStepLine, syncStepWords } from './sync-lines.js';

/** News that say of this client that something of it has failed, and not of others or of the way to them. */
const FAULTS: ReadonlySet<ClientEvent['type']> = new Set<ClientEvent['type']>([
  ...(['share-broken', 'library-gone', 'background-failed', 'session-lost'] as const),
  ...(['control-unavailable', 'control-fault', 'tracker-refused'] as const),
]);

/** Whether even those want to hear of it who want to hear of nothing but errors. */
export function isFault({ type }: ClientEvent): boolean {
  return FAULTS.has(type);
}

/** The line for an event, with commands as they are typed where it is read. */
export function eventLine(event: ClientEvent, say: SayCommand): string {
  return plainLine(withSaid(event, say), say);
}

/** Its error as it is said where it is read. Only the engine's own words: names of others stay as they are. */
function withSaid<Event extends ClientEvent>(event: Event, say: SayCommand): Event {
  if (!('error' in event) || event.error === undefined) return event;
  const message = withSpokenCommands(event.error.message, say);
  return { ...event, error: { ...event.error, message } };
}

/** The same without the time of day: a log has the time of each line. */
export function loggedLine(event: ClientEvent, say: SayCommand): string {
  switch (event.type) {
    case 'file-taken':
      return takenWords(event);
    case 'files-taken':
      return manyTakenWords(event);
    case 'sync-step':
      return syncStepWords(withSaid(event, say));
    default:
      return eventLine(event, say);
  }
}

function plainLine(event: ClientEvent, say: SayCommand): string {
  return isDetail(event) ? detailLine(event) : newsLine(event, say);
}

function newsLine(event: NewsEvent, say: SayCommand): string {
  switch (event.type) {
    case 'join-request': {
      const [user, group] = [event.userId, event.groupId];
      const words = [group, user].map(quoteShellWord).join(' ');
      return `${display(user)} asks to join ${display(group)}; ${say('accept')} ${display(words, 2048)} lets them in`;
    }
    case 'joined-by-link':
      return `${display(event.userId)} joined ${display(event.groupId)} by your link`;
    case 'membership':
      return membershipLine(event);
    case 'tracker-met':
      return trackerMetLine(event);
    case 'tracker-silent':
      return `the tracker at ${display(event.tracker)} has not answered yet; waiting for it`;
    case 'tracker-refused':
    case 'tracker-lost':
    case 'tracker-still-lost':
    case 'tracker-unreachable':
    case 'background-failed':
      return event.error.message;
    case 'tracker-back':
      return `connected again to the tracker at ${display(event.tracker)}`;
    case 'notification-ignored':
      return `ignored a notification of the tracker: ${display(event.name)}`;
    case 'session-lost':
      return sessionLostLine(event, say);
    case 'logout-untold':
      return `the tracker was not told: ${event.error.message}`;
    case 'reach':
      return reachLine(event.reach);
    case 'share-skipped':
      return `not shared again: [${event.groupId}] ${event.fileName}: ${withSpokenCommands(event.reason, say)}`;
    case 'share-broken':
      return `no longer served: ${event.error.message}`;
    case 'share-served-again':
      return `served again: [${event.groupId}] ${event.fileName}: ${event.path}`;
    case 'share-replaced':
      return replacedLine(event, say);
    case 'share-delayed':
      return `${event.fileName} is complete, but could not be shared yet: ${event.error.message}`;
    case 'download-ended':
      return event.error
        ? `download failed: ${event.fileName}: ${event.error.message}`
        : `downloaded ${event.fileName} to ${event.path}`;
    case 'sync-begun':
      return syncBegunLine(event);
    case 'sync-step':
      return syncStepLine(event);
    case 'file-taken':
      return `${timeOfDay(event.atMs)} ${takenWords(event)}`;
    case 'files-taken':
      return `${timeOfDay(event.atMs)} ${manyTakenWords(event)}`;
    case 'logged-in':
      return `logged in as ${display(event.userId)}; ${event.files === 1 ? '1 file is' : `${event.files} files are`} served`;
    case 'logged-out':
      return 'logged out; nothing is served';
    case 'part-changed':
      return `what was downloaded of ${event.fileName} was changed by somebody else meanwhile; it is checked, and what does not match is fetched again`;
    case 'library-gone':
      return `the library ${event.path} is gone, so what this client shared and downloaded is not known any more; it begins with an empty one: restore it from a backup, or share and download again, files stay where they are`;
    case 'control-unavailable':
      return `commands of other processes cannot reach this one: ${event.reason}`;
    case 'control-fault':
      return `internal error in a command of another process: ${event.detail}`;
  }
}

function takenWords(event: ClientEvent & { type: 'file-taken' }): string {
  const { userId, fileName, size, bytes } = event;
  const part = bytes < size ? `${formatBytes(bytes)} of ` : '';
  return `${display(userId)} took ${part}${display(fileName)} (${formatBytes(size)})`;
}

function manyTakenWords(event: ClientEvent & { type: 'files-taken' }): string {
  return `${display(event.userId)} took ${event.files} files (${formatBytes(event.bytes)})`;
}

/** On the clock of whoever reads it. */
function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

const ARTICLES = { owner: 'the', admin: 'an', member: 'a' } as const;

function membershipLine({ groupId, state, by }: ClientEvent & { type: 'membership' }): string {
  const group = display(groupId);
  const doer = by === undefined ? undefined : display(by);
  switch (state) {
    case 'admin':
    case 'member':
    case 'owner':
      if (doer !== undefined) return `${doer} made you ${state} of ${group}`;
      return `you are now ${ARTICLES[state]} ${state} of ${group}`;
    case 'reader': {
      const what = doer === undefined ? 'you are now a' : `${doer} made you`;
      return `${what} reader of ${group}: you fetch what is there, and bring nothing new`;
    }
    case 'former-owner':
      return `you own ${group} no longer, and are still a member of it`;
    case 'rejected':
      return `your request to join ${group} was rejected`;
    case 'removed':
      return `you are no longer a member of ${group}`;
    case 'banned':
      return doer === undefined
        ? `you are banned from ${group}`
        : `${doer} banned you from ${group}`;
    case 'replaced':
      return `the group ${group} has ended; you are in another one of that name, with which nothing of the old one is shared`;
  }
}

/** Logging in again would only take the session back from the other client. */
function sessionLostLine(
  { error }: ClientEvent & { type: 'session-lost' },
  say: SayCommand,
): string {
  const what = `the session has ended: ${error.message.replace(/; log in again( with .*)?$/, '')}`;
  if (error.code === 'ACCOUNT_DISABLED') return what;
  if (error.code !== 'HOME_IN_USE') return `${what}; log in again with ${say('login')}`;
  return `${what}; a copy of this home folder is in use: stop one of the two, or delete device.pem in the copy and log in there`;
}

function replacedLine(event: ClientEvent & { type: 'share-replaced' }, say: SayCommand): string {
  const { groupId, fileName, sharer } = event;
  const by = sharer === undefined ? '' : `, shared by ${display(sharer)}`;
  const words = quoteArguments([groupId, fileName]);
  return `${display(fileName)} in ${display(groupId)} has a newer version${by}; yours is not shared under that name any more; ${say('download')} ${display(words, 2048)} FOLDER takes the newer one`;
}

function trackerMetLine({ tracker, how, deviceId }: ClientEvent & { type: 'tracker-met' }): string {
  const means =
    how === 'key'
      ? 'from now on only this key is accepted there; compare it with the one its operator tells'
      : 'an authority of this machine vouches for its name, and from now on has to';
  return `first contact with the tracker at ${display(tracker)}, SHA256:${deviceId}: ${means}`;
}
