/** What keys mean in the list of downloads that is drawn again and again: which row is chosen, and what is done with it. Pure. */
import type { DownloadProgress } from '../api/progress.js';

/** `confirming`: whoever sits there is asked whether the chosen one is to be cancelled. */
export interface Choice {
  readonly kind: 'choosing' | 'confirming';
  /** The id of the chosen download; undefined where there is none. */
  readonly id: string | undefined;
  /** Where it stands, from 0; the one that takes its place is chosen once it is gone. */
  readonly index: number;
}

export type WatchEffect =
  | { readonly kind: 'leave' }
  | { readonly kind: 'pause' | 'resume' | 'cancel'; readonly id: string }
  | { readonly kind: 'move'; readonly id: string; readonly to: 'up' | 'down' };

export interface Step {
  readonly choice: Choice;
  readonly effect?: WatchEffect;
}

/** Before the first look. */
export const NOTHING_CHOSEN: Choice = { kind: 'choosing', id: undefined, index: 0 };

type Chosen = Pick<DownloadProgress, 'state' | 'kept'>;
type Doing = Exclude<WatchEffect['kind'], 'leave'>;

const KEY_NAMES: readonly (readonly [Doing, string])[] = [
  ['pause', 'p pause'],
  ['resume', 'r resume'],
  ['cancel', 'c cancel'],
  ['move', '+/- move'],
];

/**
 * The keys that do something now, with what they do; undefined where no row is chosen. How to leave stands first: the
 * line ends where the screen does.
 */
export function keysLine(chosen: Chosen | undefined): string {
  if (chosen === undefined) return 'q leave';
  const can = doableWith(chosen);
  const names = KEY_NAMES.filter(([doing]) => can.includes(doing)).map(([, name]) => name);
  return ['q leave', ...names, 'up/down choose'].join(', ');
}

function doableWith({ state, kept }: Chosen): readonly Doing[] {
  switch (state) {
    case 'checking':
    case 'copying':
    case 'downloading':
    case 'finishing':
      return ['pause', 'cancel'];
    case 'queued':
      return ['pause', 'cancel', 'move'];
    case 'interrupted':
      return ['pause', 'resume', 'cancel', 'move'];
    case 'paused':
    case 'failed':
      return ['resume', 'cancel'];
    case 'cancelled':
      return kept > 0 ? ['resume', 'cancel'] : ['resume'];
    case 'complete':
      return [];
  }
}

/** That a key did nothing to one that stands so now, and why as far as that says it. */
export function nothingDone(doing: Doing, chosen: Chosen): string {
  const { state } = chosen;
  if (doableWith(chosen).includes(doing)) return `nothing to ${doing}`;
  const word = state === 'cancelled' ? 'stopped' : state;
  const why = doing === 'move' ? `it waits in no line, and is ${word}` : `it is ${word}`;
  return `nothing to ${doing}: ${why}`;
}

/** `ids` are those of the rows as they stand now. */
export function withRows(choice: Choice, ids: readonly string[]): Choice {
  const found = choice.id === undefined ? -1 : ids.indexOf(choice.id);
  if (found !== -1) return { ...choice, index: found };
  // Nobody has said yes to the one that stands there now.
  return at(choice.index, ids);
}

/** A key as `keysIn` names it. With `isYes` nobody is asked. */
export function afterKey(
  choice: Choice,
  ids: readonly string[],
  typed: string,
  isYes = false,
): Step {
  const key = typed.toLowerCase();
  if (key === 'ctrl-c') return { choice, effect: { kind: 'leave' } };
  const { id, index } = choice;
  if (choice.kind === 'confirming') {
    const next: Choice = { ...choice, kind: 'choosing' };
    return key === 'y' && id !== undefined
      ? { choice: next, effect: { kind: 'cancel', id } }
      : { choice: next };
  }
  switch (key) {
    case 'q':
      return { choice, effect: { kind: 'leave' } };
    case 'up':
    case 'k':
      return { choice: at(index - 1, ids) };
    case 'down':
    case 'j':
      return { choice: at(index + 1, ids) };
    default:
      return id === undefined ? { choice } : ofChosen(choice, id, key, isYes);
  }
}

function ofChosen(choice: Choice, id: string, key: string, isYes: boolean): Step {
  switch (key) {
    case 'p':
      return { choice, effect: { kind: 'pause', id } };
    case 'r':
      return { choice, effect: { kind: 'resume', id } };
    case 'c':
      if (isYes) return { choice, effect: { kind: 'cancel', id } };
      return { choice: { ...choice, kind: 'confirming' } };
    case '+':
      return { choice, effect: { kind: 'move', id, to: 'up' } };
    case '-':
      return { choice, effect: { kind: 'move', id, to: 'down' } };
    default:
      return { choice };
  }
}

function at(index: number, ids: readonly string[]): Choice {
  const place = Math.max(0, Math.min(index, ids.length - 1));
  return { kind: 'choosing', id: ids[place], index: place };
}
