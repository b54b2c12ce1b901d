/** A file that is shared now, as programs get it. */
import type { UploadResult } from '../api/progress.js';

export function uploadRecord({ name: fileName, ...rest }: UploadResult) {
  return { fileName, ...rest };
}
