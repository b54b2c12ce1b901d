/** Peers as people see them: one row per device, however many connections it has. Pure. */
import type { PeerProgress } from '../api/progress.js';

/** What says most about a device comes first. */
const STATES_BY_WEIGHT: readonly PeerProgress['state'][] = [
  'banned',
  'active',
  'snubbed',
  'connecting',
  'gone',
];

/** Adds up the connections of each device, in the order of their first one. */
export function mergeByDevice(connections: readonly PeerProgress[]): PeerProgress[] {
  const devices = new Map<string, PeerProgress>();
  for (const connection of connections) {
    const device = devices.get(connection.deviceId);
    devices.set(connection.deviceId, device ? merge(device, connection) : connection);
  }
  return [...devices.values()];
}

function merge(one: PeerProgress, other: PeerProgress): PeerProgress {
  const weightOf = ({ state }: PeerProgress): number => STATES_BY_WEIGHT.indexOf(state);
  return {
    ...(weightOf(one) <= weightOf(other) ? one : other),
    bytes: one.bytes + other.bytes,
    badPieces: one.badPieces + other.badPieces,
  };
}
