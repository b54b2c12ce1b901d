/** What a kept link for guests is good for at a moment, and what becomes of it when somebody takes it. Pure. */
import { GUEST_PASS_MS, MAX_GUEST_PASSES } from '../../net/limits.js';
import type { Guest, GuestItem, GuestLink } from '../api/guest-links.js';
import type { KeptGuestLink } from '../home/guest-links-file.js';

type Counted = Pick<KeptGuestLink, 'downloads' | 'taken' | 'passes' | 'expiresAtMs'>;

/** What may be told of it. */
export function toldLink(kept: KeptGuestLink): GuestLink {
  const { id, groupId, fileName, size, isFolder, createdAtMs, expiresAtMs, downloads, taken } =
    kept;
  return {
    ...{ id, groupId, fileName, size, isFolder, createdAtMs, expiresAtMs, taken },
    ...(downloads !== undefined && { downloads }),
    hasPassword: kept.password !== undefined,
  };
}

export function itemOf(kept: KeptGuestLink): GuestItem {
  return { ...toldLink(kept), fileId: kept.fileId };
}

/**
 * Whether a guest may take it, and whether that counts. What begins at the beginning counts, and so does whatever
 * comes from a network in which nobody has begun it within a day: else one could leave the first byte out.
 */
export function verdictOn(
  link: Counted,
  { network, isResuming }: Guest,
  nowMs: number,
): 'counts' | 'goes-on' | 'over' {
  if (nowMs >= link.expiresAtMs) return 'over';
  if (isResuming && hasPass(link, network, nowMs)) return 'goes-on';
  return isUsedUp(link) ? 'over' : 'counts';
}

/** Whether anything is behind it for a guest of this network. */
export function isOpenTo(link: Counted, network: string, nowMs: number): boolean {
  return verdictOn(link, { network, isResuming: true }, nowMs) !== 'over';
}

/** The link once a download of it counts. */
export function counted<Link extends Counted>(link: Link): Link {
  return { ...link, taken: link.taken + 1 };
}

/** The link once that was taken back: nothing of it went out. */
export function givenBack<Link extends Counted>(link: Link): Link {
  return { ...link, taken: Math.max(0, link.taken - 1) };
}

/** The link once somebody of a network may go on with what counted. */
export function withPass<Link extends Counted>(link: Link, network: string, nowMs: number): Link {
  const others = link.passes.filter((pass) => pass.network !== network && pass.untilMs > nowMs);
  const pass = { network, untilMs: Math.floor(nowMs + GUEST_PASS_MS) };
  return { ...link, passes: [...others, pass].slice(-MAX_GUEST_PASSES) };
}

function isUsedUp({ downloads, taken: count }: Counted): boolean {
  return downloads !== undefined && count >= downloads;
}

function hasPass({ passes }: Counted, network: string, nowMs: number): boolean {
  return passes.some((pass) => pass.network === network && pass.untilMs > nowMs);
}
