/** Makes the owners of the connections to peers, and of what is known of them. */
import {
  BACKGROUND_BLOCK_LENGTH,
  BACKGROUND_PIPELINE_BYTES,
  DEFAULT_BLOCK_LENGTH,
  INITIAL_PIPELINE_BYTES,
} from '../../net/limits.js';
import { ownAddresses } from '../../net/own-addresses.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { EngineOptions } from '../api/engine.js';
import { DialAhead } from '../downloads/dial-ahead.js';
import { DialRules } from '../downloads/dial-rules.js';
import { LateWays } from '../downloads/late-ways.js';
import { MetPeers } from '../downloads/met-peers.js';
import { Parcels } from '../downloads/parcels.js';
import { PeerConnections } from '../downloads/peer-connections.js';
import { clearMetPeers, readMetPeers, writeMetPeers } from '../home/met-peers-file.js';
import type { Lan } from '../lan/lan.js';
import { CallAnswers } from '../sharing/call-answers.js';
import { RelayPlaces } from '../sharing/relay-places.js';
import { laterByTimer } from '../../net/later.js';
import type { composeBase } from './client-base.js';
import type { composeSharing } from './sharing-owners.js';

/** What connections need besides. */
interface ConnectionSurroundings {
  readonly start: () => Promise<unknown>;
  readonly askRouter: () => void;
  readonly lan: Lan | undefined;
  readonly met: MetPeers;
}

export function composeMetPeers({ home }: EngineOptions): MetPeers {
  return new MetPeers({
    read: () => readMetPeers(home),
    write: (record) => writeMetPeers(home, record),
    clear: () => clearMetPeers(home),
    nowMs: () => Date.now(),
  });
}

/** The connections on which this client downloads, and what it does when others call it. */
export function composeConnections(
  { pool, tickets, link, key, hasher, background }: ReturnType<typeof composeBase>,
  { blockLength, pipelineBytes, durability = 'disk', isBackground = false }: EngineOptions,
  { rates, serving, reach, uploads }: ReturnType<typeof composeSharing>,
  { start: listen, askRouter, lan, met }: ConnectionSurroundings,
): {
  connections: PeerConnections;
  parcels: Parcels;
  answers: CallAnswers;
  dialAhead: DialAhead;
} {
  const nowMs = (): number => performance.now();
  const hasHeard = (address: PeerAddress): boolean => lan?.hasHeard(address) === true;
  const trackerHost = (): string | undefined => link.trackerHost ?? dialAhead.trackerHost;
  const rules = new DialRules({ trackerHost, nowMs, own: ownAddresses, hasHeard });
  const plausible = (addresses: readonly PeerAddress[]): PeerAddress[] =>
    rules.plausible(addresses);
  const relays = new RelayPlaces({ link, tickets, plausible });
  const later = laterByTimer;
  const late = new LateWays({
    ...{ link, pool, serving, reach, listen, askRouter, relays, nowMs, later },
  });
  const options = {
    ...{ pool, tickets, rates, hasher, rules, late },
    credentials: () => key.loaded,
    transport: () => link.requireSession().info.peerTransport,
    blockLength: blockLength ?? (isBackground ? BACKGROUND_BLOCK_LENGTH : DEFAULT_BLOCK_LENGTH),
  };
  const connections = new PeerConnections({
    ...options,
    pipelineBytes:
      pipelineBytes ?? (isBackground ? BACKGROUND_PIPELINE_BYTES : INITIAL_PIPELINE_BYTES),
    onMet: (groupId, peer, at) => {
      const { session } = link;
      if (session?.info.peerTransport !== 'tls') return;
      const shown = tickets.lasting(groupId);
      background.run(() => met.onMet(session.account, groupId, peer, at, shown));
    },
  });
  const dialAhead: DialAhead = new DialAhead({ link, key, tickets, met, connections, background });
  return {
    connections,
    dialAhead,
    parcels: new Parcels({ ...options, isSynced: durability === 'disk', nowMs }),
    answers: new CallAnswers({ serving, uploads, plausible, relays, background, nowMs }),
  };
}
