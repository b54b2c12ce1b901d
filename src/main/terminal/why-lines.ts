/** What a file waits for, in words: what it is, and what would help. */
import { display } from '../../net/display.js';
import type { LimitScope } from '../api/rate-limits.js';
import type { SharedFileState } from '../api/shared-files.js';
import type { PeerNow, WhyCause } from '../api/why.js';
import { formatBytes, formatRate, formatWait } from './quantities.js';

/** A command as it is typed here, with what stands behind it. */
export type SayCommand = (
  verb: 'login' | 'serve' | 'resume' | 'download' | 'upload' | 'verify' | 'move' | 'limit',
) => string;

/** The sentence for a cause. */
export function whyLine(why: WhyCause, say: SayCommand): string {
  switch (why.cause) {
    case 'logged-out':
      return `nobody is logged in, so nothing can be fetched; ${say('login')} first`;
    case 'tracker-away':
      return why.tracker === undefined
        ? `no tracker is known; ${say('login')} with --tracker HOST:PORT`
        : `the tracker ${display(why.tracker)} cannot be reached, so nobody knows who has it; it is dialled again and again`;
    case 'complete':
      return `it is complete, at ${display(why.path)}`;
    case 'shared':
      return sharedLine(why.share.state, why.share.path, why.share.reason, say);
    case 'not-begun':
      return `nobody downloads it here; ${devices(why.sources)} ${why.sources === 1 ? 'has' : 'have'} it: ${say('download')} fetches it`;
    case 'paused':
      return `its download is paused; ${say('resume')} goes on with it`;
    case 'stopped':
      return `its download was stopped, ${formatBytes(why.kept)} of ${formatBytes(why.size)} are kept; ${say('resume')} goes on`;
    case 'failed':
      return `its download failed: ${why.message}`;
    case 'in-line':
      return why.place === undefined
        ? 'it has its turn now'
        : `it waits in line, at place ${why.place}; ${say('move')} changes that`;
    case 'checking':
      return 'what is on the disk already is read and checked; nothing is fetched meanwhile';
    case 'finishing':
      return 'all of it is here, and is being put in its place on the disk';
    case 'no-holder':
      return why.sharer === undefined
        ? 'nobody who has it is online; it goes on as soon as somebody is'
        : `nobody who has it is online; ${display(why.sharer)} shared it and has to run ${say('serve')}`;
    case 'unreached':
      return 'nobody who has it can be reached; whoever has it must let the port through, or forward one and say --announce HOST:PORT';
    case 'banned':
      return 'whoever has it delivered wrong bytes and is asked no more; it goes on when somebody else has it';
    case 'silent':
      return 'whoever has it is connected and sends nothing just now: their limit, their disk or their other downloaders';
    case 'own-limit':
      return `it comes as fast as your own limit of ${formatRate(why.bytesPerSecond)}${limitOf(why.scope)} lets it; ${say('limit')} changes that`;
    case 'disk':
      return `it comes faster than this disk takes it: ${formatBytes(why.waiting)} wait for the disk`;
    case 'disk-silent':
      return `the disk it is written to has taken nothing for ${formatWait(why.waitMs)}: it is busy, frozen or away; it goes on as soon as the disk does`;
    case 'disk-back':
      return `the disk it is written to had taken nothing for ${formatWait(why.waitMs)} and takes it again; whoever has it is dialled again`;
    case 'peers':
      return 'it comes as fast as whoever has it sends, or the way to them carries';
  }
}

/** What it is about besides this one file. */
function limitOf(scope: LimitScope): string {
  switch (scope.kind) {
    case 'all':
      return '';
    case 'lan':
      return ' within your own network';
    case 'wan':
      return ' outside your own network';
    case 'group':
      return ` for ${display(scope.groupId)}`;
  }
}

function sharedLine(
  state: SharedFileState,
  path: string,
  reason: string | undefined,
  say: SayCommand,
): string {
  const at = display(path);
  const because = reason === undefined ? '' : `: ${reason}`;
  switch (state) {
    case 'served':
      return `it is here, at ${at}, and served to the group`;
    case 'older':
      return `an older version of it is here, at ${at}; ${say('download')} fetches the newer one`;
    case 'idle':
      return `it is here, at ${at}, and nobody serves it; ${say('serve')} does`;
    case 'checking':
      return `it is here, at ${at}, and read anew, because somebody touched it`;
    case 'changed':
      return `it has changed at ${at} and is not served${because}; ${say('upload')} --replace shares the new version`;
    case 'damaged':
      return `it is damaged at ${at} and not served${because}; ${say('verify')} --repair mends it`;
    case 'missing':
      return `it is not at ${at} any more${because}; ${say('download')} fetches it again`;
    case 'refused':
      return `it is here, at ${at}, and the tracker does not take it as a share${because}`;
  }
}

function devices(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

/** One line for a peer: who, where, how it goes. */
export function whyPeerLine(peer: PeerNow): string {
  const {
    userId,
    address,
    state,
    way,
    bytes,
    bytesPerSecond,
    badPieces,
    reason,
    tried = [],
  } = peer;
  const at = (address === '' ? tried : [address]).map((text) => display(text)).join(', ');
  const how = way === undefined ? '' : `, ${way}`;
  const rate = bytesPerSecond > 0 ? `, ${formatRate(bytesPerSecond)} now` : '';
  const got = bytes > 0 ? `, ${formatBytes(bytes)} in all${rate}` : '';
  const bad = badPieces > 0 ? `, ${badPieces} bad ${badPieces === 1 ? 'piece' : 'pieces'}` : '';
  const because = reason === undefined ? '' : `: ${reason}`;
  return `  ${display(userId)}${at === '' ? '' : ` at ${at}`}${how}: ${wordOf(state)}${got}${bad}${because}`;
}

function wordOf(state: PeerNow['state']): string {
  switch (state) {
    case 'connecting':
      return 'dialled, no answer yet';
    case 'active':
      return 'connected';
    case 'snubbed':
      return 'connected, sends nothing';
    case 'gone':
      return 'gone';
    case 'banned':
      return 'asked no more';
  }
}
