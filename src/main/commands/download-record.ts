/** A file that was downloaded, as programs get it. */
import type { DownloadSummary } from '../api/progress.js';
import type { TransferRecord } from './transfer-answer.js';

/** `already-there`: nothing had to be done. */
export interface DownloadRecord extends TransferRecord, Partial<DownloadSummary> {
  readonly size: number;
  readonly path: string;
  readonly outcome: 'downloaded' | 'already-there';
}

export function downloadRecord(fileName: string, summary: DownloadSummary): DownloadRecord {
  return { fileName, outcome: 'downloaded', ...summary };
}
