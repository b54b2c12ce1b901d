/** The figures behind `GET /metrics`: counts of the store, of presence and of the queues. */
import { METRICS_CACHE_MS } from '../net/limits.js';
import type { TrackerContext } from './context.js';
import type { Gauge, Metrics } from './metrics.js';

/** The whole page, in the text format of Prometheus. */
export async function metricsPage(context: TrackerContext, metrics: Metrics): Promise<string> {
  const counts = await context.store.counts();
  const { devices, announced } = context.presence.counts();
  const gauges: Gauge[] = [
    gauge('users', 'Accounts', counts.users),
    gauge('groups', 'Groups', counts.groups),
    gauge('files', 'Files in groups', counts.files),
    gauge('shares', 'Shares: files by group, name, user and device', counts.shares),
    gauge('description_bytes', 'Descriptions that are stored', counts.descriptionBytes),
    gauge('sessions', 'Connections that are logged in', context.sessions.count),
    gauge('devices_online', 'Devices that serve pieces', devices),
    gauge('offers', 'Files that online devices offer', announced),
    gauge('password_queue', 'Passwords being hashed or waiting for it', context.passwords.pending),
    gauge('staged_description_bytes', 'Descriptions on their way in', context.staging.bytes),
    gauge('turn_queue', 'Requests waiting for their turn', context.turns.length),
  ];
  return metrics.render([...gauges, ...meetingGauges(context)]);
}

/** Calls, and what is relayed. */
function meetingGauges({ relay, memberRelays, callCounts }: TrackerContext): Gauge[] {
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

/** A page that is made anew only when it is a few seconds old, however many ask. */
export function cached(make: () => Promise<string>, steadyMs: () => number): () => Promise<string> {
  let page: Promise<string> | undefined;
  let madeAtMs = 0;
  return () => {
    if (page && steadyMs() - madeAtMs < METRICS_CACHE_MS) return page;
    madeAtMs = steadyMs();
    page = make();
    // Who asks hears of a failure; the next one tries anew.
    page.catch(() => (page = undefined));
    return page;
  };
}

/** What only grows, while the tracker runs. */
function counter(name: string, help: string, value: number): Gauge {
  return { ...gauge(`${name}_total`, help, value), type: 'counter' };
}

function gauge(name: string, help: string, value: number): Gauge {
  return { name: `p2p_tracker_${name}`, help, value };
}
