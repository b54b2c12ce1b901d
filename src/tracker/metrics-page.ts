/** The figures behind `GET /metrics`: counts of the store, of presence and of the queues. */
import { P2pError } from '../net/errors.js';
import type { Figure } from '../net/figures/figure-page.js';
import type { BriefLook } from './brief-look.js';
import type { TrackerContext } from './context.js';
import type { Metrics } from './metrics.js';
import type { StoreCounts } from './store/stored.js';

/** Who is connected, as the server counts them. */
export interface ConnectionCounts {
  readonly all: number;
  /** Of those, on which nobody is logged in. */
  readonly anonymous: number;
  /** That wait for TLS. */
  readonly waiting: number;
}

/** What this page needs besides the context of requests. */
export interface PageSources {
  readonly metrics: Metrics;
  /** How much is stored. */
  readonly counts: BriefLook<StoreCounts>;
  readonly connections: () => ConnectionCounts;
  /** Requests that are not answered. */
  readonly pendingRequests: () => number;
  /** Of this program, and of its database. */
  readonly version: string;
  readonly schema: number;
}

/** The whole page, in the text format of Prometheus. */
export async function metricsPage(context: TrackerContext, sources: PageSources): Promise<string> {
  const { devices, announced } = context.presence.counts();
  const figures: Figure[] = [
    ...(await storedFigures(sources)),
    gauge('sessions', 'Connections that are logged in', context.sessions.count),
    gauge('devices_online', 'Devices that serve pieces', devices),
    gauge('offers', 'Files that online devices offer', announced),
    gauge('password_queue', 'Passwords being hashed or waiting for it', context.passwords.pending),
    gauge('staged_description_bytes', 'Descriptions on their way in', context.staging.bytes),
    gauge('turn_queue', 'Requests waiting for their turn', context.turns.length),
    gauge(
      'turn_queue_age_seconds',
      'Time for which the oldest of these has waited',
      context.turns.oldestMs / 1000,
    ),
  ];
  return sources.metrics.render([
    ...figures,
    ...serverFigures(sources),
    ...meetingFigures(context),
    ...fellowFigures(context),
  ]);
}

/** None while the database does not answer soon: what else is known is wanted most then. */
async function storedFigures(sources: PageSources): Promise<Figure[]> {
  const look = await sources.counts();
  if (look?.status === 'rejected' && !(look.reason instanceof P2pError)) throw look.reason;
  if (look?.status !== 'fulfilled') return [];
  const counts = look.value;
  return [
    gauge('users', 'Accounts', counts.users),
    gauge('groups', 'Groups', counts.groups),
    gauge('files', 'Files in groups', counts.files),
    gauge('shares', 'Shares: files by group, name, user and device', counts.shares),
    gauge('description_bytes', 'Descriptions that are stored', counts.descriptionBytes),
  ];
}

function serverFigures({ connections, pendingRequests, version, schema }: PageSources): Figure[] {
  const { all, anonymous, waiting } = connections();
  const labels = { version, schema: String(schema) };
  return [
    { ...gauge('info', 'What runs here; always 1', 1), labels },
    gauge('connections', 'Connections, whoever is at the other end', all),
    gauge('anonymous_connections', 'Of those, on which nobody is logged in', anonymous),
    gauge('handshakes_waiting', 'Connections that wait for TLS', waiting),
    gauge('pending_requests', 'Requests that are not answered', pendingRequests()),
  ];
}

/** None of a tracker that is alone. */
function fellowFigures({ fellows }: TrackerContext): Figure[] {
  if (!fellows) return [];
  const { count, isHeard } = fellows;
  return [
    gauge('fellow_trackers', 'Other trackers on the same database that are heard', count),
    gauge('presence_server_up', '1 while the presence server answers', isHeard ? 1 : 0),
  ];
}

/** Calls, and what is relayed. */
function meetingFigures({ relay, memberRelays, callCounts }: TrackerContext): Figure[] {
  const { meetings = 0, bytes = 0 } = relay?.counts() ?? {};
  const calls = callCounts.all;
  return [
    counter('calls_direct', 'Calls to a caller that was found', calls.direct),
    counter('calls_relay', 'Calls to the relay of this tracker', calls.relay),
    counter('calls_member_relay', 'Calls to a relay of a member', calls['member-relay']),
    counter('relayed_bytes', 'Bytes that passed the relay of this tracker', bytes),
    gauge('relay_meetings', 'Meetings at the relay of this tracker', meetings),
    gauge('member_relays', 'Devices of members that relay', memberRelays.count),
  ];
}

/** What only grows, while the tracker runs. */
function counter(name: string, help: string, value: number): Figure {
  return { ...gauge(`${name}_total`, help, value), type: 'counter' };
}

function gauge(name: string, help: string, value: number): Figure {
  return { name: `p2p_tracker_${name}`, help, value };
}
