/** Passwords that an operator hands on: short enough to be read out, and as hard to guess as a key of 80 bits. */
import { randomInt } from 'node:crypto';

/** What is not taken for another one: no 0, 1, l, o. */
const LETTERS = '23456789abcdefghijkmnpqrstuvwxyz';
const GROUPS = 4;
const LETTERS_PER_GROUP = 4;

/** A fresh one, such as `k3vd-9fqx-7mzt-bw4c`. */
export function createOneTimePassword(): string {
  const letter = (): string => LETTERS[randomInt(LETTERS.length)]!;
  const group = (): string => Array.from({ length: LETTERS_PER_GROUP }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
