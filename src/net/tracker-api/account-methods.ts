/** Requests about accounts and logins, and about the tracker itself. */
import type { KnownDevice, QuotaReport, SessionInfo } from './accounts.js';
import type { Page } from './pages.js';

export interface AccountMethods {
  /**
   * Without a password the account is the device's, which proves its key with each connection, and
   * which opens one account. With `groupInvite` nothing is made when that is not good (any more).
   * USER_EXISTS, TOO_MANY_ATTEMPTS, LIMIT_REACHED, REGISTRATION_CLOSED, INVITE_INVALID, NO_DEVICE,
   * BANNED (this device from the group of `groupInvite`).
   */
  createUser: {
    params: {
      userId: string;
      password?: string;
      invite?: string;
      groupInvite?: { groupId: string; secret: string };
    };
    result: Record<string, never>;
  };
  /** WRONG_PASSWORD (also for an unknown user), TOO_MANY_ATTEMPTS, ACCOUNT_DISABLED. `token` resumes later. */
  login: {
    /** `calls`: this client calls others, and answers when it is called. */
    params: { userId: string; password: string; calls?: boolean };
    result: SessionInfo & { token: string };
  };
  /** Logs in to the account that this device's key opens. NO_SUCH_USER, NO_DEVICE. */
  loginByKey: { params: { calls?: boolean }; result: SessionInfo & { token: string } };
  /** NOT_LOGGED_IN when the token is unknown, expired, or of another device. */
  resume: { params: { token: string; calls?: boolean }; result: SessionInfo };
  /** Ends this session for good: the token dies and what this device announced is gone. */
  logout: { params: Record<string, never>; result: Record<string, never> };
  /**
   * Every other login of the user ends, on all devices. An account that has no password yet gets one
   * without an old one, from the device whose key opens it. WRONG_PASSWORD, TOO_MANY_ATTEMPTS.
   */
  changePassword: {
    params: { oldPassword?: string; newPassword: string };
    result: Record<string, never>;
  };
  /** The devices on which the user is or was logged in, in the order of their ids. */
  listDevices: { params: { after?: string }; result: Page<KnownDevice> };
  /**
   * Ends the logins of one device, or of all, but for the one that asks; `isKnown` is false when
   * there was no such device. It is forgotten: the next login there is its first.
   */
  logoutDevice: { params: { deviceId?: string }; result: { isKnown: boolean } };
  /** What the tracker is. */
  about: { params: Record<string, never>; result: { version: string } };
  /**
   * What the operator allows the user, and the user's groups, and how much of it is used. What is bounded by nothing
   * but the fixed limits is left out; of the groups come as many as fit a frame.
   */
  quotaUse: { params: Record<string, never>; result: QuotaReport };
}
