/**
 * What names in a folder have in common when a file system takes them for the same one: many ignore
 * case, and how letters and marks are composed. To find that of a name which is not plain takes long,
 * and some characters take many times as long as others, so the work for one table is bounded. Owns
 * how much of it is done.
 */
import { hash } from 'node:crypto';
import { MAX_NAME_BYTES, MAX_NAME_WORK } from './limits.js';

/** Nearly all names: printable ASCII without slash, backslash, or a blank at either end. */
export const PLAIN_NAME = /^[!-.0-[\]-~](?:[ -.0-[\]-~]*[!-.0-[\]-~])?$/;

/** A name that is composed anew, or grows, takes so many times as long. */
const CHANGED_WEIGHT = 2;

export class TwinKeys {
  readonly #most: number;
  #work = 0;

  /** `most` is counted as `MAX_NAME_WORK` is. */
  constructor(most = MAX_NAME_WORK) {
    this.#most = most;
  }

  /** More is to be done than there may be. */
  get isSpent(): boolean {
    return this.#work > this.#most;
  }

  /** Two names of one folder with the same key are twins. */
  of(name: string): string {
    if (PLAIN_NAME.test(name)) return name.toLowerCase();
    const composed = name.normalize('NFC');
    // By way of capitals, because some letters have a form that only lower case tells apart (ß, ς).
    const folded = composed.toUpperCase().toLowerCase();
    const key = folded === composed ? composed : folded.normalize('NFC');
    const isChanged = composed !== name || key.length > name.length;
    this.#work += name.length * (isChanged ? CHANGED_WEIGHT : 1);
    return brief(key);
  }
}

/** Some names come apart into many times as much, and so many are remembered. */
function brief(key: string): string {
  return key.length <= MAX_NAME_BYTES ? key : hash('sha1', key, 'base64');
}
