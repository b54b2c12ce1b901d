/** A peer of a download, as programs get it. */
import type { PeerProgress } from '../api/progress.js';

/** Its address is absent until it is met. */
export type PeerRecord<Peer extends Pick<PeerProgress, 'address'> = PeerProgress> = Omit<
  Peer,
  'address'
> &
  Partial<Pick<Peer, 'address'>>;

export function peerRecord<Peer extends Pick<PeerProgress, 'address'>>(
  peer: Peer,
): PeerRecord<Peer> {
  const { address, ...rest } = peer;
  return address === '' ? rest : { ...rest, address };
}
