/**
 * Tells an address with a password that was not written as an address wants it: a `/`, `?` or `#` in it, or a missing
 * `//`, and what follows is read as a path or an option, which people are shown and servers are told. Pure.
 */

/** True when a part of the password may stand where there is none. `text` can be parsed. */
export function mayBeMisread(text: string): boolean {
  const { pathname, search, hash } = new URL(text);
  const hasAuthority = /^\s*[^:]*:\/\//.test(text);
  return !hasAuthority || /[@:]/.test(pathname) || search.includes('@') || hash !== '';
}

/** What to write instead. */
export const HOW_TO_WRITE_IT =
  'after // and before the first /, with %40 for @, %2F for /, %3F for ? and %23 for #';
