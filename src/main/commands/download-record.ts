/** A file that was downloaded, as programs get it. */
import type { DownloadSummary } from '../api/progress.js';
import { peerRecord, type PeerRecord } from '../terminal/peer-record.js';
import type { TransferRecord } from './transfer-answer.js';

/** `already-there`: nothing had to be done; `skipped`: something is there, and nobody looked at what it is. */
export interface DownloadRecord extends TransferRecord, Partial<Omit<DownloadSummary, 'peers'>> {
  readonly size: number;
  readonly path: string;
  readonly peers?: readonly PeerRecord[];
  readonly outcome: 'downloaded' | 'already-there' | 'skipped';
}

/** Peers are told of one file; of each of many they would be most of the answer. */
export function downloadRecord(
  fileName: string,
  { peers, ...summary }: DownloadSummary,
  { hasPeers }: { readonly hasPeers: boolean },
): DownloadRecord {
  const told = hasPeers ? { peers: peers.map(peerRecord) } : {};
  return { fileName, outcome: 'downloaded', ...summary, ...told };
}
