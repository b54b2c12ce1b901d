/** A peer of a download as a row of a table. */
import type { PeerNow } from '../api/why.js';
import type { Cell, Column } from '../terminal/table.js';

export const peerColumns: readonly Column[] = [
  { name: 'user' },
  { name: 'address' },
  { name: 'state' },
  { name: 'got', kind: 'bytes' },
  { name: 'rate', kind: 'rate' },
  { name: 'reason' },
];

/** Bytes, and bytes a second; where it was not met, the addresses at which it is looked for. */
export function peerRow(peer: PeerNow): Cell[] {
  const { userId, address, state, bytes, bytesPerSecond, reason = '', way, tried = [] } = peer;
  const place = address === '' ? tried.join(' ') : address;
  const how = way === undefined ? state : `${state}, ${way}`;
  return [userId, place, how, bytes, Math.round(bytesPerSecond), reason];
}
