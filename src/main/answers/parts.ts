/** The parts that answers are made of, each with what it means; docs/json.md says the same words. */
import * as v from 'valibot';
import { errorCodes, type ErrorCode } from '../../net/errors.js';
import { ROLES } from '../../net/roles.js';

/** A whole number, not below zero. */
export function count(meaning: string) {
  return v.pipe(v.number(), v.integer(), v.minValue(0), v.description(meaning));
}

export function text(meaning: string) {
  return v.pipe(v.string(), v.description(meaning));
}

export function yesNo(meaning: string) {
  return v.pipe(v.boolean(), v.description(meaning));
}

export function word<const Words extends readonly string[]>(words: Words, meaning: string) {
  return v.pipe(v.picklist(words), v.description(meaning));
}

/** Left out where it is not known, or says nothing. */
export function perhaps<Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(schema);
}

export const groupId = text('the group');
export const userId = text('the user');
export const fileName = text('its name in the group');
export const deviceId = text('the device: 64 hex digits');
export const fileId = text('the content: 64 hex digits');
export const path = text('absolute path');
export const size = count('bytes');
export const bytesPerSecond = count('bytes a second');
export const elapsedMs = count('milliseconds it took');

/** Milliseconds since 1970. */
export function moment(meaning: string) {
  return count(`${meaning}, in milliseconds since 1970`);
}

export function role(meaning: string) {
  return word(ROLES, meaning);
}

export const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

/** An error inside of an answer. */
export const fault = v.strictObject({
  code: word(codes, 'the stable code; see errors.md'),
  message: text('a sentence for people'),
});

export const address = v.strictObject({ host: text('IP address'), port: count('port') });

/** All addresses of the tracker; none when nobody is logged in. */
export const trackerAddresses = v.array(
  v.strictObject({
    address: text('`HOST:PORT`'),
    from: word(['user', 'tracker'], 'who told it'),
    state: word(['used', 'answers', 'failed', 'untried'], 'how the last dial of it ended'),
    error: perhaps(fault),
  }),
);

/** A peer of a download. */
export const peer = v.strictObject({
  userId,
  deviceId,
  address: perhaps(text('where it was met, `HOST:PORT`')),
  way: perhaps(word(['called', 'relayed'], 'how it came, unless it was dialled')),
  relayedBy: perhaps(text('the member who relays')),
  state: word(['connecting', 'active', 'snubbed', 'gone', 'banned'], 'how it stands'),
  tried: perhaps(v.array(text('where it is looked for'))),
  bytes: count('verified bytes from it'),
  badPieces: count('pieces of it that did not match'),
  reason: perhaps(text('why it is gone, for people')),
});

export const peerNow = v.strictObject({ ...peer.entries, bytesPerSecond });

/** What failed: beside what the command had as its result by then. */
export const failure = v.strictObject({
  ...fault.entries,
  status: count('the exit status'),
  hint: perhaps(text('how the words should have looked')),
  peers: perhaps(
    v.array(
      v.strictObject({
        userId,
        address: peer.entries.address,
        state: peer.entries.state,
        bytes: peer.entries.bytes,
        reason: peer.entries.reason,
      }),
    ),
  ),
});

const wayBytes = v.strictObject({
  lan: count("within this machine's own networks"),
  wan: count('outside of them'),
  relay: count('through relays'),
});
/** Bytes by the way they go. */
export const bothWays = v.strictObject({ sent: wayBytes, received: wayBytes });

/** What a limit is about. */
export const limitScope = v.variant('kind', [
  v.strictObject({ kind: word(['all', 'lan', 'wan'], 'who it is about') }),
  v.strictObject({ kind: v.literal('group'), groupId }),
]);
