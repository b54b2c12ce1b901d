/**
 * Tells an address with a password that was not written as an address wants it: a `/`, `?` or `#` in it, or a missing
 * `//`, and what follows is read as a path, which people are shown and servers are told. Pure.
 */

/** True when a part of the password may stand where there is none. */
export function mayBeMisread({ pathname, search, hash }: URL): boolean {
  return pathname.includes('@') || hash !== '' || /^\?[^=]*@/.test(search);
}

/** What to write instead. */
export const HOW_TO_WRITE_IT =
  'after // and before the first /, with %40 for @, %2F for /, %3F for ? and %23 for #';
