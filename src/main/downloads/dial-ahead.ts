/**
 * Dials the peers of a group that were met before, while the tracker is asked what a name means and who has
 * it: over a long way that saves the round trips of TCP and TLS. With a ticket that may still be good, and a guess
 * what the name means, they are asked for the first pieces at once, which saves another one. What comes waits in memory:
 * what is downloaded, and whether at all, the tracker says. Owns no state.
 */
import { whenSettled } from '../../net/deferred.js';
import { P2pError } from '../../net/errors.js';
import { isIPAddress } from '../../net/ip-address.js';
import {
  LATENCY_PER_CONNECTION_MS,
  MAX_CONNECTIONS_AHEAD_PER_PEER,
  MAX_CONNECTIONS_PER_PEER,
  MAX_DEVICES_DIALLED_AHEAD,
} from '../../net/limits.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { DeviceKey } from '../account/device-key.js';
import type { TicketBook } from '../account/ticket-book.js';
import type { Account } from '../home/library-records.js';
import type { MetPeer } from '../home/met-peers-file.js';
import { connectionsOverDistance } from './connections-over-distance.js';
import { firstGuesses } from './first-guesses.js';
import type { LikelyFile, LikelyWish } from './download-preparation.js';
import type { MetPeers } from './met-peers.js';
import type { PeerConnections } from './peer-connections.js';

/** What is likely to be downloaded; undefined when nothing tells. */
type Likely = (account: Account) => Promise<LikelyWish | undefined>;

export interface DialAheadOptions {
  readonly link: Pick<AccountLink, 'whileDialling' | 'whoIsLoggedIn' | 'session'>;
  readonly key: Pick<DeviceKey, 'load'>;
  readonly tickets: Pick<TicketBook, 'held'>;
  readonly met: Pick<MetPeers, 'of' | 'ticketOf' | 'onGone'>;
  readonly connections: Pick<PeerConnections, 'dialAhead' | 'untouchedTo' | 'guess' | 'find'>;
  readonly background: Pick<BackgroundWork, 'run'>;
}

export class DialAhead {
  readonly #options: DialAheadOptions;
  #trackerHost: string | undefined;

  constructor(options: DialAheadOptions) {
    this.#options = options;
  }

  /** Where the tracker is that knows the login, as far as that is an IP literal. */
  get trackerHost(): string | undefined {
    return this.#trackerHost;
  }

  /** Something of this group is about to be downloaded; `likely` answers what, as far as that can be guessed. */
  begin(groupId: string, likely: Likely): void {
    this.#options.background.run(() => this.#dial(groupId, likely));
  }

  async #dial(groupId: string, likely: Likely): Promise<void> {
    const { link, key, met } = this.#options;
    // The tracker comes first: its answer takes a round trip more.
    await whenSettled(link.whileDialling());
    const who = await link.whoIsLoggedIn();
    if (!who) return;
    const { account, tracker } = who;
    const far = (await met.of(account, groupId)).filter(
      ({ latencyMs }) => latencyMs >= LATENCY_PER_CONNECTION_MS,
    );
    if (far.length === 0) return;
    await key.load();
    if (!this.#isTls(account)) return;
    this.#trackerHost = isIPAddress(tracker.host) ? tracker.host : undefined;
    const devices = far.slice(0, MAX_DEVICES_DIALLED_AHEAD);
    const most = Math.ceil(MAX_CONNECTIONS_PER_PEER / devices.length);
    for (const device of devices) {
      const count = Math.min(most, Math.floor(device.latencyMs / LATENCY_PER_CONNECTION_MS));
      this.#dialOne(account, groupId, device, count);
    }
    await this.#guess(account, groupId, devices, likely);
  }

  /** `count` connections in all. */
  #dialOne(
    account: Account,
    groupId: string,
    { deviceId, userId, address }: MetPeer,
    count: number,
  ): void {
    const { met, connections, background } = this.#options;
    const peer = { deviceId, userId, addresses: [address], complete: false };
    const onFailed = (): void => background.run(() => met.onGone(account, groupId, deviceId));
    connections.dialAhead(groupId, peer, count, onFailed);
  }

  async #guess(
    account: Account,
    groupId: string,
    devices: readonly MetPeer[],
    likely: Likely,
  ): Promise<void> {
    const { tickets, met, connections } = this.#options;
    const isUntouched = ({ deviceId }: MetPeer): boolean =>
      connections.untouchedTo(groupId, deviceId) > 0;
    if (!devices.some(isUntouched)) return;
    const ticket = tickets.held(groupId) ?? (await met.ticketOf(account, groupId));
    const wish = ticket && (await unlessRefused(likely(account)));
    if (!wish) return;
    if ('name' in wish) this.#askByName(groupId, devices, wish.name, ticket);
    else this.#askForPieces(account, groupId, devices, wish, ticket);
  }

  /** How much there is of it nobody knows: the connections that are there have to do. */
  #askByName(groupId: string, devices: readonly MetPeer[], name: string, ticket: Uint8Array): void {
    const { connections } = this.#options;
    const counts = devices.map(({ deviceId }) =>
      askingOf(connections.untouchedTo(groupId, deviceId)),
    );
    const parts = counts.reduce((sum, count) => sum + count, 0);
    // Many who begin at once are not to be sent the same.
    const start = Math.floor(Math.random() * 2 ** 32);
    let next = 0;
    devices.forEach(({ deviceId }, index) => {
      const its = Array.from({ length: counts[index]! }, () => ({ part: next++, parts, start }));
      if (its.length > 0) connections.find(groupId, deviceId, { name, ticket }, its);
    });
  }

  #askForPieces(
    account: Account,
    groupId: string,
    devices: readonly MetPeer[],
    { fileId, layout, lacking, lackingBytes }: LikelyFile,
    ticket: Uint8Array,
  ): void {
    const { connections } = this.#options;
    const counts = devices.map((device) => {
      const { deviceId, latencyMs } = device;
      const distance = { latencyMs, lackingBytes, peers: devices.length };
      const wanted = connectionsOverDistance(distance);
      // A connection that begins a round trip later is slow for all of them.
      this.#dialOne(account, groupId, device, Math.min(wanted + 1, MAX_CONNECTIONS_AHEAD_PER_PEER));
      return Math.min(wanted, Math.max(1, askingOf(connections.untouchedTo(groupId, deviceId))));
    });
    const total = counts.reduce((sum, count) => sum + count, 0);
    const guesses = firstGuesses(lacking, total, Math.random);
    const asked = { file: { fileId, layout }, ticket };
    devices.forEach(({ deviceId }, index) => {
      const its = guesses.splice(0, counts[index]);
      if (its.length > 0) connections.guess(groupId, deviceId, asked, its);
    });
  }

  /** Peers are noted under TLS only; a session of now may have them talk otherwise. */
  #isTls({ trackerId, userId }: Account): boolean {
    const { session } = this.#options.link;
    if (!session) return true;
    const { account, info } = session;
    const isIts = account.trackerId === trackerId && account.userId === userId;
    return isIts && info.peerTransport === 'tls';
  }
}

/** All connections to a device but one ask at once; that one is for whatever the tracker says instead. */
function askingOf(untouched: number): number {
  return untouched < 2 ? untouched : untouched - 1;
}

/** Whatever keeps a guess from being made is told to whoever needs more than a guess. */
async function unlessRefused<T>(guessing: Promise<T>): Promise<T | undefined> {
  try {
    return await guessing;
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}
