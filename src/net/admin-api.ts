/**
 * What the operator's commands and a tracker of the same machine say to each other over the tracker's own socket:
 * JSON-RPC 2.0, one message a line, `hello` first. Whoever can open that socket is the operator. None of this is
 * among the tracker's methods that clients call.
 */
import * as v from 'valibot';
import { MAX_DISABLE_REASON_BYTES, MAX_NAME_BYTES } from './limits.js';
import type { Allowance, QuotaBound, QuotaFigure, QuotaKind, SetQuota } from './quota.js';
import type { Page } from './tracker-api.js';

/** Raised with every change: two processes that differ in it must not talk. */
export const ADMIN_VERSION = 2;

/** Where a tracker's socket lies. */
export function adminSocketOf(dataDir: string) {
  return {
    folder: dataDir,
    name: 'admin.sock',
    what: "the tracker's data folder",
    remedy: 'name a shorter one with --data',
  } as const;
}

/** An account as the operator sees it. */
export interface AdminUser {
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Set while the account is disabled; may be empty. */
  readonly disabledBecause?: string;
  readonly hasPassword: boolean;
  /** Groups that the user belongs to. */
  readonly groups: number;
  /** Files that the user shares, each device counting, and bytes of their descriptions. */
  readonly files: number;
  readonly bytes: number;
  readonly allowed: Allowance;
}

export interface AdminGroup {
  readonly groupId: string;
  readonly ownerId: string;
  readonly createdAtMs: number;
  readonly members: number;
  readonly files: number;
  /** Of the descriptions of its files. */
  readonly bytes: number;
  readonly allowed: Allowance;
}

export interface AdminMethods {
  hello: { params: { version: number }; result: { version: number } };
  /** In the order of their ids. */
  users: { params: { after?: string }; result: Page<AdminUser> };
  groups: { params: { after?: string }; result: Page<AdminGroup> };
  /** Every login of the user ends, and every link that the user made; peers let the user go. NO_SUCH_USER. */
  disableUser: {
    params: { userId: string; reason: string };
    /** Of how many groups the epoch has risen; none when the account was disabled before. */
    result: { groups: number };
  };
  /** NO_SUCH_USER. `wasDisabled` is false when there was nothing to do. */
  enableUser: { params: { userId: string }; result: { wasDisabled: boolean } };
  /** Every login of the user ends, also that by a device's key. NO_SUCH_USER, BUSY. */
  resetPassword: { params: { userId: string }; result: { password: string } };
  /**
   * Makes a member of a group an owner, as its owners may; for a group whose owners are gone. False when the user is
   * one. NO_SUCH_GROUP, NO_SUCH_USER (who is no member, too), ACCOUNT_DISABLED, LIMIT_REACHED.
   */
  appointOwner: { params: { groupId: string; userId: string }; result: { isChanged: boolean } };
  /** What was set of one kind: the default, whose id is empty, and then the exceptions. */
  quotas: { params: { kind: QuotaKind; after?: string }; result: Page<SetQuota> };
  /**
   * Changes a default (the id is empty) or an exception, and answers what is set then. What is left out stays.
   * NO_SUCH_USER, NO_SUCH_GROUP.
   */
  setQuota: {
    params: {
      kind: QuotaKind;
      id: string;
      change: Readonly<Partial<Record<QuotaFigure, QuotaBound | 'default'>>>;
    };
    result: SetQuota;
  };
}

export type AdminMethod = keyof AdminMethods;

const id = v.pipe(v.string(), v.nonEmpty(), v.maxBytes(MAX_NAME_BYTES));
const paged = v.object({ after: v.exactOptional(v.pipe(v.string(), v.maxBytes(MAX_NAME_BYTES))) });
const ofUser = v.object({ userId: id });
const kind = v.picklist(['user', 'group']);
const bound = v.exactOptional(
  v.union([v.pipe(v.number(), v.safeInteger(), v.minValue(0)), v.picklist(['none', 'default'])]),
);

/** The shape of the params of each. */
export const adminParams: {
  readonly [M in AdminMethod]: v.GenericSchema<unknown, AdminMethods[M]['params']>;
} = {
  hello: v.object({ version: v.number() }),
  users: paged,
  groups: paged,
  disableUser: v.object({
    ...ofUser.entries,
    reason: v.pipe(v.string(), v.maxBytes(MAX_DISABLE_REASON_BYTES)),
  }),
  enableUser: ofUser,
  resetPassword: ofUser,
  appointOwner: v.object({ groupId: id, ...ofUser.entries }),
  quotas: v.object({ kind, ...paged.entries }),
  setQuota: v.object({
    kind,
    id: v.pipe(v.string(), v.maxBytes(MAX_NAME_BYTES)),
    change: v.object({ files: bound, bytes: bound, members: bound }),
  }),
};

/** True for the name of a method. */
export function isAdminMethod(method: string): method is AdminMethod {
  return Object.hasOwn(adminParams, method);
}
