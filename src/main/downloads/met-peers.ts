/**
 * Where this client has met peers, by group, for its next download of that group, also in a later command:
 * devices that opened a file for it at an address, under TLS and with their key, and the ticket that did it. What
 * others say of addresses never comes here, so nobody can have this client dial a place at which no peer was. Owns
 * the record of one account.
 */
import { whenSettled } from '../../net/deferred.js';
import {
  LATENCY_PER_CONNECTION_MS,
  MAX_MET_GROUPS,
  MAX_MET_PEERS_PER_GROUP,
  TICKET_LIFETIME_MS,
} from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import type { LastingTicket } from '../account/ticket-book.js';
import type { Account } from '../home/library-records.js';
import type { KeptTicket, MetPeer, MetPeersRecord } from '../home/met-peers-file.js';
import type { MetAt } from './connection-types.js';

/** Another latency than so many times the one before is another way. */
const OTHER_LATENCY = 2;

type MetGroup = Pick<MetPeersRecord['groups'][number], 'peers' | 'ticket'>;

/** Keeps the record between commands. */
export interface MetPeersStore {
  read(): Promise<MetPeersRecord | undefined>;
  write(record: MetPeersRecord): Promise<void>;
  clear(): Promise<void>;
  /** The clock of this machine, which goes on between commands. */
  nowMs(): number;
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
    return [...(groupIn(record, groupId)?.peers ?? [])].reverse();
  }

  /** A ticket that is perhaps still good: whoever is shown it knows, by the tracker's time. */
  async ticketOf(account: Account, groupId: string): Promise<Uint8Array | undefined> {
    const kept = groupIn(await this.#recordOf(account), groupId)?.ticket;
    const leftMs = (kept?.untilMs ?? 0) - this.#store.nowMs();
    // One that lasts longer than any does is of another time.
    const isPerhapsGood = leftMs > 0 && leftMs <= TICKET_LIFETIME_MS;
    return kept && isPerhapsGood ? Buffer.from(kept.bytes, 'base64') : undefined;
  }

  /** A peer has opened a file of the group there, for whoever shows this ticket. */
  onMet(
    account: Account,
    groupId: string,
    { deviceId, userId }: OnlinePeer,
    { address, latencyMs }: MetAt,
    shown?: LastingTicket,
  ): Promise<void> {
    if (!Number.isFinite(latencyMs)) return Promise.resolve();
    const { host, port } = address;
    const met = { deviceId, userId, address: { host, port }, latencyMs: Math.round(latencyMs) };
    const isFar = latencyMs >= LATENCY_PER_CONNECTION_MS;
    const ticket = shown && this.#keptTicket(shown);
    return this.#change(account, groupId, (group) => {
      const known = group.peers.find((one) => one.deviceId === deviceId);
      const isNews = !known || !isSame(known, met);
      const isNewTicket = ticket !== undefined && ticket.bytes !== group.ticket?.bytes;
      // For a peer that is near it is not worth a write of its own.
      if (!isNews && !(isNewTicket && isFar)) return undefined;
      const others = group.peers.filter((one) => one !== known);
      const peers = [...others, isNews ? met : known].slice(-MAX_MET_PEERS_PER_GROUP);
      return withTicket(peers, ticket ?? group.ticket);
    });
  }

  /** Nobody was there any more. */
  onGone(account: Account, groupId: string, deviceId: string): Promise<void> {
    return this.#forgetWhere(account, groupId, (one) => one.deviceId === deviceId);
  }

  /** These users are in the group no more: nobody tells them what is downloaded of it. */
  forgetUsers(account: Account, groupId: string, userIds: readonly string[]): Promise<void> {
    return this.#forgetWhere(account, groupId, ({ userId }) => userIds.includes(userId));
  }

  /** The user is in the group no more. */
  forgetGroup(account: Account, groupId: string): Promise<void> {
    return this.#change(account, groupId, ({ peers }) =>
      peers.length > 0 ? { peers: [] } : undefined,
    );
  }

  #forgetWhere(
    account: Account,
    groupId: string,
    isGone: (peer: MetPeer) => boolean,
  ): Promise<void> {
    return this.#change(account, groupId, ({ peers, ticket }) => {
      const left = peers.filter((peer) => !isGone(peer));
      return left.length < peers.length ? withTicket(left, ticket) : undefined;
    });
  }

  #keptTicket({ bytes, leftMs }: LastingTicket): KeptTicket {
    return {
      bytes: Buffer.from(bytes).toString('base64'),
      untilMs: Math.round(this.#store.nowMs() + leftMs),
    };
  }

  /** The user has logged out. */
  clear(): Promise<void> {
    return this.#inTurn(async () => {
      this.#reading = Promise.resolve(undefined);
      await this.#store.clear();
    });
  }

  /** `change` answers what the group is from now on; undefined when it stays as it is. */
  #change(
    account: Account,
    groupId: string,
    change: (group: MetGroup) => MetGroup | undefined,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const record = await this.#recordOf(account);
      const group = change(groupIn(record, groupId) ?? { peers: [] });
      if (group === undefined) return;
      const others = record.groups.filter((one) => one.groupId !== groupId);
      const groups = group.peers.length > 0 ? [...others, { groupId, ...group }] : others;
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

function groupIn({ groups }: MetPeersRecord, groupId: string): MetGroup | undefined {
  return groups.find((group) => group.groupId === groupId);
}

function withTicket(peers: MetPeer[], ticket: KeptTicket | undefined): MetGroup {
  return { peers, ...(ticket && { ticket }) };
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
