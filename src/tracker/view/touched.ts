/**
 * What each statement that changes the store may make untrue of what is kept in a `FactView`. The table is
 * whole: a statement that is not in it does not compile. What only becomes true needs no word, because that
 * something is not so is never kept.
 */
import type { StoreFacts, StoreTransaction } from '../store/store.js';

/** Something that may not be as it was. */
export type Touched =
  | { readonly fact: 'group' | 'standing' | 'contents'; readonly groupId: string }
  | { readonly fact: 'role'; readonly groupId: string; readonly userId: string };

type Change = Exclude<keyof StoreTransaction, keyof StoreFacts>;

/** From the arguments of a statement; undefined for one that touches nothing. */
type Touches = {
  readonly [C in Change]: ((...args: Parameters<StoreTransaction[C]>) => Touched) | undefined;
};

const role = (groupId: string, userId: string): Touched => ({ fact: 'role', groupId, userId });
const contents = ({ groupId }: { readonly groupId: string }): Touched => ({
  fact: 'contents',
  groupId,
});

const touches: Touches = {
  addGroup: ({ groupId }) => ({ fact: 'group', groupId }),
  endGroup: (groupId) => ({ fact: 'group', groupId }),
  // Of a group that nobody finds any more.
  removeSomeOfGroup: undefined,
  raiseEpoch: (groupId) => ({ fact: 'standing', groupId }),
  addMember: role,
  setRole: role,
  removeMember: role,
  replaceFile: contents,
  removeShares: contents,
  removeSomeSharesOf: (groupId) => contents({ groupId }),
  removeLeftShares: (groupId) => contents({ groupId }),
  // A name that stands for something from now on.
  addFile: undefined,
  addShare: undefined,
  // Of what no name stands for any more.
  removeFormerVersions: undefined,
  // Contents of all groups, which are dropped only when no name stands for them.
  addDescription: undefined,
  // Not about what is kept: users, their logins and devices, invites, requests, bans, quotas, histories, answers,
  // what is to be removed.
  addUser: undefined,
  setDisabled: undefined,
  setPasswordHash: undefined,
  setKeyDevice: undefined,
  addToken: undefined,
  extendToken: undefined,
  removeToken: undefined,
  removeTokensOfDevice: undefined,
  removeTokensBut: undefined,
  trimTokens: undefined,
  removeExpiredTokens: undefined,
  addKnownDevice: undefined,
  trimKnownDevices: undefined,
  touchKnownDevice: undefined,
  removeKnownDevice: undefined,
  removeKnownDevicesBut: undefined,
  addInvite: undefined,
  takeInvite: undefined,
  removeExpiredInvites: undefined,
  addGroupInvite: undefined,
  takeGroupInvite: undefined,
  removeGroupInvite: undefined,
  removeGroupInvites: undefined,
  removeGroupInvitesOf: undefined,
  removeExpiredGroupInvites: undefined,
  setQuota: undefined,
  addBan: undefined,
  removeBan: undefined,
  addRequest: undefined,
  removeRequest: undefined,
  addHistoryEntry: undefined,
  dropHistory: undefined,
  keepAnswer: undefined,
  removeAnswers: undefined,
  addPendingRemoval: undefined,
  takePendingRemoval: undefined,
  removePendingRemoval: undefined,
  dropSomeContents: undefined,
  publish: undefined,
};

/** Of statements that may have changed nothing, whether their answer says so. */
const changedNothing: {
  readonly [C in Change]?: (answer: Awaited<ReturnType<StoreTransaction[C]>>) => boolean;
} = {
  removeShares: (ended) => ended.length === 0,
  removeLeftShares: (ended) => ended === undefined,
};

type AnyStatement = (...args: unknown[]) => unknown;

const touching = Object.entries(touches).filter(
  (entry): entry is [Change, (...args: unknown[]) => Touched] => entry[1] !== undefined,
);

/**
 * The same transaction, which says what its changes touch: before they are carried out, and where only the answer tells
 * whether anything changed, with that.
 */
export function recording(
  tx: StoreTransaction,
  onTouched: (touched: Touched) => void,
): StoreTransaction {
  const plain = tx as unknown as Record<Change, AnyStatement>;
  const recorded = Object.create(tx) as Record<Change, AnyStatement>;
  for (const [name, touchedBy] of touching) {
    const isNothing = changedNothing[name] as ((answer: unknown) => boolean) | undefined;
    recorded[name] = isNothing
      ? async (...args) => {
          const answer = await plain[name](...args);
          if (!isNothing(answer)) onTouched(touchedBy(...args));
          return answer;
        }
      : (...args) => {
          onTouched(touchedBy(...args));
          return plain[name](...args);
        };
  }
  return recorded as unknown as StoreTransaction;
}
