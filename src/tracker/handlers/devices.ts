/** Requests about the user's password and the devices on which they are logged in. */
import { TrackerError } from '../../net/errors.js';
import {
  inUserLook,
  inUserTurn,
  loginOf,
  type Call,
  type Handler,
  type Handlers,
} from '../context.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import type { StoreTransaction } from '../store/store.js';
import { checkPassword, wrongPassword } from './accounts.js';

const changePassword: Handler<'changePassword'> = async (call, { oldPassword, newPassword }) => {
  const { context, session } = call;
  const login = loginOf(session);
  const verified =
    oldPassword === undefined
      ? await requireOwnKey(call, login.userId)
      : await checkPassword(call, login.userId, oldPassword);
  const asker = { network: session.network, connection: session };
  const hash = await context.passwords.hash(newPassword, asker);
  await inUserTurn(call, async ({ tx, emit, userId }) => {
    // Somebody else may have changed it meanwhile, or this session be another user's by now.
    if (userId !== login.userId || (await tx.findPasswordHash(userId)) !== verified) {
      throw wrongPassword();
    }
    const { tokenHash: keptTokenHash } = loginOf(session);
    await tx.setPasswordHash(userId, hash);
    await tx.removeTokensBut(userId, keptTokenHash);
    // As every other login, that by another device's key ends.
    if ((await tx.findKeyDevice(userId)) !== session.deviceId)
      await tx.setKeyDevice(userId, undefined);
    const message = 'the password was changed; log in again with `login`';
    emit({ type: 'logins-ended', userId, keptTokenHash, message });
  });
  return {};
};

/** The account has no password yet, and this device is the one that opens it. @throws WRONG_PASSWORD */
async function requireOwnKey(call: Call, userId: string): Promise<string> {
  const { deviceId } = call.session;
  const isOwn = await inUserLook(call, async ({ tx }) => {
    const hash = await tx.findPasswordHash(userId);
    return hash === '' && deviceId !== undefined && (await tx.findKeyDevice(userId)) === deviceId;
  });
  if (isOwn) return '';
  throw new TrackerError('WRONG_PASSWORD', 'the account has a password; give the present one too');
}

const listDevices: Handler<'listDevices'> = (call, { after }) =>
  inUserLook(call, async ({ tx, userId }) => {
    const range = { after, limit: PAGE_ROWS + 1 };
    const devices = await tx.listKnownDevices(userId, range, call.context.nowMs());
    return pageOf(devices, ({ deviceId }) => deviceId);
  });

const logoutDevice: Handler<'logoutDevice'> = (call, { deviceId }) =>
  inUserTurn(call, async ({ tx, emit, userId }) => {
    const { tokenHash: keptTokenHash } = loginOf(call.session);
    const own = call.session.deviceId ?? '';
    const message = 'you were logged out from another device; log in again with `login`';
    if (deviceId === undefined) {
      await tx.removeTokensBut(userId, keptTokenHash);
      await tx.removeKnownDevicesBut(userId, own);
      await shutOut(tx, userId, (keyDevice) => keyDevice !== own);
      emit({ type: 'logins-ended', userId, keptTokenHash, message });
      return { isKnown: true };
    }
    // What asks keeps its login, and `logout` ends that.
    if (deviceId === own) return { isKnown: true };
    await tx.removeTokensOfDevice(userId, deviceId);
    const isKnown = await tx.removeKnownDevice(userId, deviceId);
    await shutOut(tx, userId, (keyDevice) => keyDevice === deviceId);
    emit({ type: 'logins-ended', userId, deviceId, keptTokenHash, message });
    return { isKnown };
  });

/** A device that is logged out from elsewhere opens the account no more; a password does. */
async function shutOut(
  tx: StoreTransaction,
  userId: string,
  isMeant: (keyDevice: string) => boolean,
): Promise<void> {
  const keyDevice = await tx.findKeyDevice(userId);
  if (keyDevice !== undefined && isMeant(keyDevice)) await tx.setKeyDevice(userId, undefined);
}

export const deviceHandlers = {
  changePassword,
  listDevices,
  logoutDevice,
} satisfies Partial<Handlers>;
