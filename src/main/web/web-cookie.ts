/** The cookie of the page. It goes to every port of this machine, so its name says which one it is for. Pure. */

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

/** Its value in the header of a request; undefined when it is not there, or there more than once. */
export function readCookie(port: number, header: string | undefined): string | undefined {
  const name = cookieName(port);
  const values = (header ?? '')
    .split(';')
    .map((part) => part.trim().split('='))
    .filter(([key]) => key === name)
    .map(([, value]) => value ?? '');
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}
