/**
 * Where this client has met peers, by group, for its next download of that group, also in a later command:
 * devices that opened a file for it at an address, under TLS and with their key. What others say of
 * addresses never comes here, so nobody can have this client dial a place at which no peer was. Owns
 * the record of one account.
 */
import { whenSettled } from '../../net/deferred.js';
import { MAX_MET_GROUPS, MAX_MET_PEERS_PER_GROUP } from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import type { Account } from '../home/library-records.js';
import type { MetPeer, MetPeersRecord } from '../home/met-peers-file.js';
import type { MetAt } from './connection-types.js';

/** Another latency than so many times the one before is another way. */
const OTHER_LATENCY = 2;

/** Keeps the record between commands. */
export interface MetPeersStore {
  read(): Promise<MetPeersRecord | undefined>;
  write(record: MetPeersRecord): Promise<void>;
  clear(): Promise<void>;
}

export class MetPeers {
  readonly #store: MetPeersStore;
  #reading: Promise<MetPeersRecord | undefined> | undefined;
  /** Every change and every write, one after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(store: MetPeersStore) {
    this.#store = store;
  }

  /** Those of a group, the one met last first. */
  async of(account: Account, groupId: string): Promise<readonly MetPeer[]> {
    const record = await this.#recordOf(account);
    return [...(record.groups.find((group) => group.groupId === groupId)?.peers ?? [])].reverse();
  }

  /** A peer has opened a file of the group there. */
  onMet(
    account: Account,
    groupId: string,
    { deviceId, userId }: OnlinePeer,
    { address, latencyMs }: MetAt,
  ): Promise<void> {
    if (!Number.isFinite(latencyMs)) return Promise.resolve();
    const { host, port } = address;
    const met = { deviceId, userId, address: { host, port }, latencyMs: Math.round(latencyMs) };
    return this.#change(account, groupId, (peers) => {
      const known = peers.find((one) => one.deviceId === deviceId);
      if (known && isSame(known, met)) return undefined;
      const others = peers.filter((one) => one !== known);
      return [...others, met].slice(-MAX_MET_PEERS_PER_GROUP);
    });
  }

  /** Nobody was there any more. */
  onGone(account: Account, groupId: string, deviceId: string): Promise<void> {
    return this.#change(account, groupId, (peers) => {
      const left = peers.filter((one) => one.deviceId !== deviceId);
      return left.length < peers.length ? left : undefined;
    });
  }

  /** The user is in the group no more. */
  forgetGroup(account: Account, groupId: string): Promise<void> {
    return this.#change(account, groupId, (peers) => (peers.length > 0 ? [] : undefined));
  }

  /** The user has logged out. */
  clear(): Promise<void> {
    return this.#inTurn(async () => {
      this.#reading = Promise.resolve(undefined);
      await this.#store.clear();
    });
  }

  /** `change` answers the peers of the group from now on; undefined when they stay as they are. */
  #change(
    account: Account,
    groupId: string,
    change: (peers: readonly MetPeer[]) => MetPeer[] | undefined,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const record = await this.#recordOf(account);
      const peers = change(record.groups.find((group) => group.groupId === groupId)?.peers ?? []);
      if (peers === undefined) return;
      const others = record.groups.filter((group) => group.groupId !== groupId);
      const groups = peers.length > 0 ? [...others, { groupId, peers }] : others;
      const changed = { ...record, groups: groups.slice(-MAX_MET_GROUPS) };
      this.#reading = Promise.resolve(changed);
      await this.#store.write(changed);
    });
  }

  /** One that fails holds up no other. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(work);
    this.#changing = whenSettled(done);
    return done;
  }

  /** What is of another account counts for nothing, and goes with the next change. */
  async #recordOf({ trackerId, userId }: Account): Promise<MetPeersRecord> {
    this.#reading ??= this.#store.read();
    const record = await this.#reading;
    const isIts = record?.trackerId === trackerId && record.userId === userId;
    return isIts ? record : { trackerId, userId, groups: [] };
  }
}

function isSame(one: MetPeer, other: MetPeer): boolean {
  const [less, more] = [one.latencyMs, other.latencyMs].sort((a, b) => a - b) as [number, number];
  return (
    one.userId === other.userId &&
    one.address.host === other.address.host &&
    one.address.port === other.address.port &&
    more <= less * OTHER_LATENCY + 1
  );
}
