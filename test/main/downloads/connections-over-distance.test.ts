/** How many connections a long way is worth. */
import t from 'tap';
import { connectionsOverDistance } from '../../../src/main/downloads/connections-over-distance.js';
import {
  FAR_BYTES_PER_CONNECTION,
  LATENCY_PER_CONNECTION_MS,
  MAX_CONNECTIONS_PER_FAR_PEER,
} from '../../../src/net/limits.js';

const MUCH = 1_000 * FAR_BYTES_PER_CONNECTION;

for (const { name, latencies = 1, lackingBytes = MUCH, peers = 1, connections } of [
  { name: 'on one machine', latencies: 0, connections: 1 },
  { name: 'nearer than one is good for', latencies: 0.9, connections: 1 },
  { name: 'three times as far', latencies: 3, connections: 3 },
  { name: 'round the world', latencies: 100, connections: MAX_CONNECTIONS_PER_FAR_PEER },
  { name: 'nothing known', latencies: Infinity, connections: MAX_CONNECTIONS_PER_FAR_PEER },
  { name: 'two share the work', latencies: 4, peers: 2, connections: 2 },
  { name: 'many share the work', latencies: 8, peers: 50, connections: 1 },
  { name: 'nobody is counted', latencies: 4, peers: 0, connections: 4 },
  { name: 'a small file', latencies: 8, lackingBytes: 1, connections: 1 },
  {
    name: 'a file for two',
    latencies: 8,
    lackingBytes: 2 * FAR_BYTES_PER_CONNECTION,
    connections: 2,
  },
]) {
  t.test(name, async (t) => {
    const latencyMs = latencies * LATENCY_PER_CONNECTION_MS;
    t.equal(connectionsOverDistance({ latencyMs, lackingBytes, peers }), connections);
  });
}
