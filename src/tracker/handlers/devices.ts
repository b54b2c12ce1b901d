/** Requests about the user's password and the devices on which they are logged in. */
import { inUserLook, inUserTurn, loginOf, type Handler, type Handlers } from '../context.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { checkPassword, wrongPassword } from './accounts.js';

const changePassword: Handler<'changePassword'> = async (call, { oldPassword, newPassword }) => {
  const { context, session } = call;
  const login = loginOf(session);
  const verified = await checkPassword(call, login.userId, oldPassword);
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
    const message = 'the password was changed; log in again with `login`';
    emit({ type: 'logins-ended', userId, keptTokenHash, message });
  });
  return {};
};

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
      emit({ type: 'logins-ended', userId, keptTokenHash, message });
      return { isKnown: true };
    }
    // What asks keeps its login, and `logout` ends that.
    if (deviceId === own) return { isKnown: true };
    await tx.removeTokensOfDevice(userId, deviceId);
    const isKnown = await tx.removeKnownDevice(userId, deviceId);
    emit({ type: 'logins-ended', userId, deviceId, keptTokenHash, message });
    return { isKnown };
  });

export const deviceHandlers = {
  changePassword,
  listDevices,
  logoutDevice,
} satisfies Partial<Handlers>;
