/**
 * Links into groups as people send them:
 *
 *   p2p://HOST:PORT/GROUP#SECRET.KEY     the tracker shows this key
 *   p2p://HOST:PORT/GROUP#SECRET         an authority vouches for the tracker
 *
 * What stands behind the # is no part of what a program would send to a server. Pure.
 */
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import { MAX_INVITE_CODE_BYTES } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import type { ExpectedTracker, InviteLink } from '../api/invite-link.js';
import { formatAddress } from './quantities.js';
import { parseTracker } from './tracker-address.js';

const KEY_BYTES = 32;
/** Longer is no link, whatever it is. */
const MAX_LINK_LENGTH = 4_096;

const BEGINNING = /^\s*<?p2p:/i;
/** The secret, and what there is of the key. */
const ENDING = /#[\w-]{20,}(?:\.[\w-]*)?>?\s*$/;

/**
 * True for what is meant as a link, be it a good one or not. One whose beginning was lost is known by its end: as
 * the name of a group its secret would be told to the tracker at which one is logged in.
 */
export function isInviteLink(text: string): boolean {
  return BEGINNING.test(text) || ENDING.test(text);
}

/** The link as a text. */
export function formatInviteLink({ tracker, expected, groupId, secret }: InviteLink): string {
  // A zone is a matter of one machine, and stands in a URL as %25eth0.
  const host = formatAddress(tracker).replace('%', '%25');
  const key =
    expected.how === 'key' ? `.${Buffer.from(expected.deviceId, 'hex').toString('base64url')}` : '';
  return `p2p://${host}/${encodeURIComponent(groupId)}#${secret}${key}`;
}

/** Reads one; white space and <> around it came along when it was copied. @throws UsageError */
export function parseInviteLink(text: string): InviteLink {
  const bare = text.trim().replace(/^<(.*)>$/, '$1');
  if (bare.length > MAX_LINK_LENGTH) throw notALink(text);
  const [, authority, group, secret, key] =
    /^p2p:\/\/([^/?#]+)\/([^/?#]+)#([\w-]+)(?:\.([\w-]+))?$/i.exec(bare) ?? [];
  if (authority === undefined || group === undefined || secret === undefined) throw notALink(text);
  if (secret.length > MAX_INVITE_CODE_BYTES) throw notALink(text);
  return {
    tracker: parseTracker(authority),
    expected: expectedBy(key, text),
    groupId: checkName('group', decoded(group, text)),
    secret,
  };
}

function expectedBy(key: string | undefined, text: string): ExpectedTracker {
  if (key === undefined) return { how: 'authority' };
  const bytes = Buffer.from(key, 'base64url');
  // Of several texts for the same bytes one is right.
  if (bytes.length !== KEY_BYTES || bytes.toString('base64url') !== key) throw notALink(text);
  return { how: 'key', deviceId: bytes.toString('hex') };
}

function decoded(group: string, text: string): string {
  try {
    return decodeURIComponent(group);
  } catch {
    throw notALink(text);
  }
}

/** Never the whole of it: it may be all but right. */
function notALink(text: string): UsageError {
  const bare = text.trim();
  // Without its # nothing says where the secret begins.
  const open = bare.includes('#')
    ? bare.replace(/#.*$/s, '#...')
    : bare.replace(/^(p2p:(?:\/\/[^/]*\/?)?).*$/is, '$1...');
  const shown = display(open, 128);
  return new UsageError(
    `"${shown}" is no whole link; it looks like p2p://HOST:PORT/GROUP#SECRET, copy all of it, between quotes`,
  );
}
