/**
 * What is to be done with each item of a folder that is kept the same as a group: the group's list, what was noted when
 * both agreed, and what is here now, in; one action for each item out. Pure: no disk, no tracker, no clock.
 *
 * What a member brings never takes away what only this user has: whatever somebody may have made or changed here stays,
 * under its name or beside it.
 */

/** What a name stands for in the group. */
export interface GroupItem {
  readonly fileId: string;
  /** Bytes. */
  readonly size: number;
  readonly isFolder: boolean;
  /** How many files a folder has. */
  readonly files?: number;
  /** Somebody serves all of it now. */
  readonly hasSources: boolean;
  /** Of all who share it, this device has done so for longest. */
  readonly isFirstHere: boolean;
}

/** What was noted of an item when folder and group agreed on it. */
export interface NotedItem {
  readonly fileId: string;
  readonly origin: 'brought' | 'shared' | 'found';
  /** `on-its-way`: it may be here by now; `gone`: the user has removed it and does not want this content. */
  readonly state: 'agreed' | 'on-its-way' | 'gone';
}

/** What is here under the name. */
export type LocalItem =
  | {
      readonly kind: 'file' | 'folder';
      /** Nobody has touched it since that was noted. */
      readonly isAsNoted: boolean;
      /** It has not changed for a while. */
      readonly isAtRest: boolean;
      /** How it compares with the group's content, if it was compared. */
      readonly compared?: 'same' | 'unfinished' | 'older' | 'other' | undefined;
      /** A folder with more files than that of the group has. */
      readonly hasMore?: boolean;
      /** It may be shared under its name. */
      readonly isShareable: boolean;
    }
  /** A link, a pipe, a device: nothing that comes from a group or is shared. */
  | { readonly kind: 'foreign' };

/** What this device shares under the name, by what it knows itself. */
export interface SharedItem {
  readonly fileId: string;
  /** Out of this folder; else it is the user's own. */
  readonly isFromHere: boolean;
}

export interface ItemFacts {
  readonly group?: GroupItem | undefined;
  readonly noted?: NotedItem | undefined;
  readonly local?: LocalItem | undefined;
  readonly shared?: SharedItem | undefined;
}

export interface SyncWay {
  readonly isBoth: boolean;
  readonly isDeleting: boolean;
}

export type SyncAction =
  /** `isHere`: it is an item of the group, and here. */
  | { readonly do: 'nothing'; readonly isHere: boolean }
  /** `over`: what becomes of what is here: nothing is, it goes if it is as it came, or it stays beside. */
  | { readonly do: 'fetch'; readonly over: 'nothing' | 'drop' | 'keep' }
  /** Only its bytes can tell whether it is what the group has. */
  | { readonly do: 'compare' }
  /** It is what the group has: that is noted. */
  | { readonly do: 'agree'; readonly origin: NotedItem['origin'] }
  | { readonly do: 'share'; readonly replaces: boolean }
  /** It is to be shared once it is at rest. */
  | { readonly do: 'settle' }
  | { readonly do: 'remove' }
  /** Perhaps nobody else shares it: that shows when this device does not. */
  | { readonly do: 'withdraw' }
  /** It was removed here: it is shared no more, and not fetched again. */
  | { readonly do: 'end' }
  /** What was noted of it means nothing any more. */
  | { readonly do: 'forget' }
  | { readonly do: 'leave'; readonly why: 'other' | 'foreign' | 'lost' };

const HERE: SyncAction = { do: 'nothing', isHere: true };
const NOTHING: SyncAction = { do: 'nothing', isHere: false };

export function planItem(facts: ItemFacts, way: SyncWay): SyncAction {
  const { group, noted, local, shared } = facts;
  // What was on its way is not known to be here.
  const agreed = noted?.state === 'agreed' ? noted : undefined;
  if (local?.kind === 'foreign') {
    if (group) return { do: 'leave', why: 'foreign' };
    return noted ? { do: 'forget' } : NOTHING;
  }
  if (!group) return local ? withoutGroup(agreed, local, way) : forgetOf(noted);
  if (!local) return missing({ group, noted, shared }, way);
  if (agreed && local.isAsNoted) return asNoted(group, agreed, local, way);
  return otherwise({ group, noted, local, shared }, way);
}

type Present = Exclude<LocalItem, { kind: 'foreign' }>;

/** Of what is in the group and here. */
interface Known {
  readonly group: GroupItem;
  readonly noted: NotedItem | undefined;
  readonly local: Present;
  readonly shared: SharedItem | undefined;
}

function forgetOf(noted: NotedItem | undefined): SyncAction {
  return noted ? { do: 'forget' } : NOTHING;
}

/** The group does not have it (any more), and it is here. */
function withoutGroup(agreed: NotedItem | undefined, local: Present, way: SyncWay): SyncAction {
  if (agreed && local.isAsNoted) {
    // Somebody has ended sharing it: it is not shared back.
    return way.isDeleting && agreed.origin === 'brought' ? { do: 'remove' } : NOTHING;
  }
  return way.isBoth ? shareOf(local, false) : NOTHING;
}

function shareOf(local: Present, replaces: boolean): SyncAction {
  if (!local.isShareable) return { do: 'nothing', isHere: replaces };
  return local.isAtRest ? { do: 'share', replaces } : { do: 'settle' };
}

/** The group has it, and nothing is here. */
function missing({ group, noted, shared }: Omit<Known, 'local'>, way: SyncWay): SyncAction {
  const isThis = noted?.fileId === group.fileId;
  if (isThis && noted.state === 'gone') return NOTHING;
  const isAgreed = isThis && noted.state === 'agreed';
  if (isAgreed && way.isBoth && way.isDeleting) return { do: 'end' };
  const wasFromHere = isAgreed ? noted.origin !== 'brought' : isListedFromHere(group, shared);
  // It was here, and nowhere else: nobody can bring it back.
  if (wasFromHere && !group.hasSources) return { do: 'leave', why: 'lost' };
  return { do: 'fetch', over: 'nothing' };
}

function asNoted(group: GroupItem, agreed: NotedItem, local: Present, way: SyncWay): SyncAction {
  const { fileId, origin } = agreed;
  // What was found there, and more of the user's with it.
  if (fileId === group.fileId && origin === 'found' && local.hasMore && way.isBoth)
    return shareOf(local, true);
  if (fileId === group.fileId) return hereUnlessEnded(group, agreed, way);
  if (isOtherKind(group, local)) return { do: 'leave', why: 'other' };
  // Others may have what was brought; what was made here only this user may have.
  return { do: 'fetch', over: origin === 'brought' ? 'drop' : 'keep' };
}

/** Whoever has shared it before may have ended that: only those are left who have it from them. */
function hereUnlessEnded(group: GroupItem, agreed: NotedItem, way: SyncWay): SyncAction {
  const isPerhapsEnded = way.isDeleting && agreed.origin === 'brought' && group.isFirstHere;
  return isPerhapsEnded ? { do: 'withdraw' } : HERE;
}

/** The group has it, and what is here was touched, or is not known. */
function otherwise({ group, noted, local, shared }: Known, way: SyncWay): SyncAction {
  if (isOtherKind(group, local)) return { do: 'leave', why: 'other' };
  const agreed = noted?.state === 'agreed' ? noted : undefined;
  const isBase = agreed?.fileId === group.fileId;
  // Sharing reads it as well, and finds if it is the same.
  if (isBase && way.isBoth) return shareOf(local, true);
  switch (local.compared) {
    case undefined:
      return { do: 'compare' };
    case 'same':
      if (local.hasMore && way.isBoth) return shareOf(local, true);
      return same({ group, noted, local, shared }, way);
    case 'unfinished':
      return { do: 'fetch', over: 'nothing' };
    case 'older':
    case 'other':
      break;
  }
  // It was changed here, and nobody else has changed it: it stays as it is.
  if (isBase) return hereUnlessEnded(group, agreed, way);
  if (way.isBoth && isListedFromHere(group, shared)) return shareOf(local, true);
  const isOurs = agreed !== undefined || way.isBoth || local.compared === 'older';
  return isOurs ? { do: 'fetch', over: 'keep' } : { do: 'leave', why: 'other' };
}

/** It is what the group has. With `isBoth` others can have it from here as well. */
function same({ group, noted, local, shared }: Known, way: SyncWay): SyncAction {
  const origin = noted?.fileId === group.fileId ? noted.origin : 'found';
  const isShared = shared !== undefined && (!shared.isFromHere || shared.fileId === group.fileId);
  const isPerhapsEnded = way.isDeleting && origin === 'brought';
  if (!way.isBoth || isShared || isPerhapsEnded || !local.isShareable)
    return { do: 'agree', origin };
  return shareOf(local, false);
}

/**
 * This device has told the group of it, and nothing that it shares from elsewhere is that. Where it was ended before it
 * noted so, what is here has come of what it told.
 */
function isListedFromHere(group: GroupItem, shared: SharedItem | undefined): boolean {
  return group.isFirstHere && shared?.isFromHere !== false;
}

function isOtherKind({ isFolder }: GroupItem, { kind }: Present): boolean {
  return isFolder !== (kind === 'folder');
}

/** What takes something away, or takes its place. */
export function needsListOfNow(action: SyncAction): boolean {
  return action.do === 'share' ? action.replaces : isEnd(action);
}

/** It goes, here or from the group. */
export function isEnd(action: SyncAction): boolean {
  return action.do === 'remove' || action.do === 'withdraw' || action.do === 'end';
}

/** It is an item of the group, and here. */
export function isHere(action: SyncAction): boolean {
  if (action.do === 'nothing') return action.isHere;
  return action.do === 'agree' || action.do === 'withdraw';
}
