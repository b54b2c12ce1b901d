/** What is said of links and special files, which are in no shared folder. */
import type { LeftOut } from '../api/progress.js';
import type { Output } from '../terminal/output.js';

const KINDS = { link: 'a symbolic link', special: 'not a file or a folder' } as const;

/** One line each for the first of them; `folder` is how the folder is known. */
export function noteLeftOut(out: Output, folder: string, { count, first }: LeftOut): void {
  for (const { path, why } of first) out.note(`left out: ${folder}/${path}: ${KINDS[why]}`);
  if (count > first.length) out.note(`left out: ${count - first.length} more in ${folder}`);
}
