/**
 * The statements behind what changes most and answers nothing: nobody waits for each of them (behind.ts). They are sent
 * in the step in which they are called, so before whatever is asked next; what Kysely puts together takes some steps.
 */
import type { StoreTransaction } from '../store.js';
import type { Change } from './behind.js';

type ChangedOften = Pick<
  StoreTransaction,
  | ('addShare' | 'addMember' | 'setRole' | 'removeMember' | 'addRequest' | 'removeGroupInvitesOf')
  | ('addToken' | 'extendToken' | 'removeToken' | 'removeTokensOfDevice')
  | ('trimTokens' | 'removeExpiredTokens')
  | ('addKnownDevice' | 'touchKnownDevice' | 'trimKnownDevices')
>;

const ADD_SHARE = `
INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms) VALUES ($1, $2, $3, $4, $5)`;

const ADD_MEMBER =
  'INSERT INTO members (group_id, user_id, role, joined_at_ms) VALUES ($1, $2, $3, $4)';
const SET_ROLE = 'UPDATE members SET role = $3 WHERE group_id = $1 AND user_id = $2';
const REMOVE_MEMBER = 'DELETE FROM members WHERE group_id = $1 AND user_id = $2';

const ADD_REQUEST =
  'INSERT INTO requests (group_id, user_id, asked_at_ms, network) VALUES ($1, $2, $3, $4)';
const REMOVE_INVITES_OF = 'DELETE FROM group_invites WHERE group_id = $1 AND creator_id = $2';

const ADD_TOKEN =
  'INSERT INTO tokens (token_hash, user_id, device_id, expires_at_ms) VALUES ($1, $2, $3, $4)';
const EXTEND_TOKEN = 'UPDATE tokens SET expires_at_ms = $2 WHERE token_hash = $1';
const REMOVE_TOKEN = 'DELETE FROM tokens WHERE token_hash = $1';
const REMOVE_OF_DEVICE = 'DELETE FROM tokens WHERE user_id = $1 AND device_id = $2';
const TRIM_TOKENS = `
DELETE FROM tokens WHERE user_id = $1 AND token_hash NOT IN (
  SELECT token_hash FROM tokens WHERE user_id = $1 ORDER BY expires_at_ms DESC, token_hash LIMIT $2)`;
const REMOVE_EXPIRED = 'DELETE FROM tokens WHERE expires_at_ms <= $1';

const ADD_DEVICE = `
INSERT INTO known_devices (user_id, device_id, first_seen_at_ms, seen_at_ms) VALUES ($1, $2, $3, $3)
ON CONFLICT (user_id, device_id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms`;
const TOUCH_DEVICE = `
UPDATE known_devices SET seen_at_ms = $4 WHERE user_id = $1 AND device_id = $2 AND seen_at_ms < $3`;
const TRIM_DEVICES = `
DELETE FROM known_devices WHERE user_id = $1 AND device_id NOT IN (
  SELECT device_id FROM known_devices WHERE user_id = $1 ORDER BY seen_at_ms DESC, device_id LIMIT $2)`;

/** Binds the statements to a session; they run in whatever transaction that is in. */
export function changedOftenStatements(change: Change): ChangedOften {
  return { ...groupChanges(change), ...tokenChanges(change), ...deviceChanges(change) };
}

type GroupChange =
  'addShare' | 'addMember' | 'setRole' | 'removeMember' | 'addRequest' | 'removeGroupInvitesOf';

function groupChanges(change: Change): Pick<ChangedOften, GroupChange> {
  return {
    addShare: ({ groupId, name, userId, deviceId }, nowMs) =>
      change(ADD_SHARE, [groupId, name, userId, deviceId, nowMs]),
    addMember: (groupId, userId, role, nowMs) => change(ADD_MEMBER, [groupId, userId, role, nowMs]),
    setRole: (groupId, userId, role) => change(SET_ROLE, [groupId, userId, role]),
    removeMember: (groupId, userId) => change(REMOVE_MEMBER, [groupId, userId]),
    addRequest: (groupId, userId, nowMs, network) =>
      change(ADD_REQUEST, [groupId, userId, nowMs, network]),
    removeGroupInvitesOf: (groupId, creatorId) => change(REMOVE_INVITES_OF, [groupId, creatorId]),
  };
}

type TokenChange =
  | ('addToken' | 'extendToken' | 'removeToken' | 'removeTokensOfDevice')
  | ('trimTokens' | 'removeExpiredTokens');

function tokenChanges(change: Change): Pick<ChangedOften, TokenChange> {
  return {
    addToken: ({ tokenHash, userId, deviceId, expiresAtMs }) =>
      change(ADD_TOKEN, [tokenHash, userId, deviceId, expiresAtMs]),
    extendToken: (tokenHash, expiresAtMs) => change(EXTEND_TOKEN, [tokenHash, expiresAtMs]),
    removeToken: (tokenHash) => change(REMOVE_TOKEN, [tokenHash]),
    removeTokensOfDevice: (userId, deviceId) => change(REMOVE_OF_DEVICE, [userId, deviceId]),
    trimTokens: (userId, keep) => change(TRIM_TOKENS, [userId, keep]),
    removeExpiredTokens: (nowMs) => change(REMOVE_EXPIRED, [nowMs]),
  };
}

function deviceChanges(
  change: Change,
): Pick<ChangedOften, 'addKnownDevice' | 'touchKnownDevice' | 'trimKnownDevices'> {
  return {
    addKnownDevice: (userId, deviceId, nowMs) => change(ADD_DEVICE, [userId, deviceId, nowMs]),
    touchKnownDevice: (userId, deviceId, sinceMs, nowMs) =>
      change(TOUCH_DEVICE, [userId, deviceId, sinceMs, nowMs]),
    trimKnownDevices: (userId, keep) => change(TRIM_DEVICES, [userId, keep]),
  };
}
