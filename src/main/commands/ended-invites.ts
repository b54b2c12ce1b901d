/** Says that links into a group ended because somebody who had to go may have kept one. */
import type { Output } from '../terminal/output.js';

export function noteEndedInvites(
  out: Output,
  groupId: string,
  userId: string,
  count: number,
): void {
  if (count === 0) return;
  const links = count === 1 ? 'the link' : `the ${count} links`;
  out.note(`${links} into ${groupId} ended too, because ${userId} may have kept one`);
}
