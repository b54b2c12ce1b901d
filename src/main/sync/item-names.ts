/**
 * Which names are items of a folder that is kept the same, by what they look like and by what the user chose. Pure.
 */
import { IGNORE_FILE } from '../disk/ignore-file.js';
import { PathPatterns } from '../disk/path-patterns.js';

/** Marks such a folder. */
export const MARK = '.p2p-sync';

/** What downloads grow in. */
const PART = /\.([0-9a-f]{8}|repair)\.part$/;
/** What stays beside a newer version. */
const KEPT = /~\d+$/;

export interface ChosenNames {
  readonly only: readonly string[];
  readonly exclude: readonly string[];
}

export class ItemNames {
  readonly #only: PathPatterns | undefined;
  readonly #exclude: PathPatterns;

  constructor({ only, exclude }: ChosenNames) {
    this.#only = only.length > 0 ? new PathPatterns(only) : undefined;
    this.#exclude = new PathPatterns(exclude);
  }

  /**
   * Whether an item of that name is kept the same. Names that begin with a dot never are: programs obey files of such
   * names in the folder where they lie, and no member may put one there.
   */
  has(name: string, isFolder: boolean): boolean {
    if (isOwn(name)) return false;
    if (this.#exclude.match(name, isFolder) === true) return false;
    return this.#only === undefined || this.#only.match(name, isFolder) === true;
  }
}

/** It is of this folder alone: hidden, or something on its way. */
export function isOwn(name: string): boolean {
  return name.startsWith('.') || PART.test(name);
}

/** Whether a change of an entry of that name may be one of what is kept the same: what downloads grow in changes all the time. */
export function isWorthALook(name: string): boolean {
  return !isOwn(name) || name === MARK || name === IGNORE_FILE;
}

/** An older version that stayed beside a newer one: nobody shares that by itself. */
export function isKeptVersion(name: string): boolean {
  return KEPT.test(name);
}
