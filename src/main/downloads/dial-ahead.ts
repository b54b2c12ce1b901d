/**
 * Dials the peers of a group that were met before, while the tracker is asked what a name means and who has
 * it: over a long way that saves the round trips of TCP and TLS. What is asked of them, and with which ticket,
 * waits for the tracker. Owns no state.
 */
import { whenSettled } from '../../net/deferred.js';
import { isIPAddress } from '../../net/ip-address.js';
import {
  LATENCY_PER_CONNECTION_MS,
  MAX_CONNECTIONS_PER_PEER,
  MAX_DEVICES_DIALLED_AHEAD,
} from '../../net/limits.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { DeviceKey } from '../account/device-key.js';
import type { Account } from '../home/library-records.js';
import type { MetPeers } from './met-peers.js';
import type { PeerConnections } from './peer-connections.js';

export interface DialAheadOptions {
  readonly link: Pick<AccountLink, 'whileDialling' | 'whoIsLoggedIn' | 'session'>;
  readonly key: Pick<DeviceKey, 'load'>;
  readonly met: Pick<MetPeers, 'of' | 'onGone'>;
  readonly connections: Pick<PeerConnections, 'dialAhead'>;
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

  /** Something of this group is about to be downloaded. */
  begin(groupId: string): void {
    this.#options.background.run(() => this.#dial(groupId));
  }

  async #dial(groupId: string): Promise<void> {
    const { link, key, met, connections, background } = this.#options;
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
    for (const { deviceId, userId, address, latencyMs } of devices) {
      const count = Math.min(most, Math.floor(latencyMs / LATENCY_PER_CONNECTION_MS));
      const peer = { deviceId, userId, addresses: [address], complete: false };
      const onFailed = (): void => background.run(() => met.onGone(account, groupId, deviceId));
      connections.dialAhead(groupId, peer, count, onFailed);
    }
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
