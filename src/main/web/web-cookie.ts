/** The cookie of the page. It goes to every port of this machine, so its name says which one it is for. Pure. */

const MAX_COOKIES = 8;

/** Of the page at this port. */
export function cookieName(port: number): string {
  return `p2p-${port}`;
}

/** What sets it: for this host alone, no script reads it, and no foreign page has it sent. */
export function setCookie(port: number, value: string): string {
  return `${cookieName(port)}=${value}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Takes it away. */
export function clearCookie(port: number): string {
  return `${cookieName(port)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
}

/**
 * Its values in the header of a request: mostly one. Whatever else answers on this machine may set more of that name,
 * so the right one is to be found among some.
 */
export function readCookies(port: number, header: string | undefined): string[] {
  const name = cookieName(port);
  return (header ?? '')
    .split(';')
    .map((part) => part.trim().split('='))
    .filter(([key]) => key === name)
    .map(([, value]) => value ?? '')
    .filter((value) => value !== '')
    .slice(0, MAX_COOKIES);
}
