/**
 * Whether a request may go on. The page is for the browser of whoever has the login link: a foreign page in the
 * same browser, another name that leads to this machine, another place on it, and other users of it get nothing.
 * Pure.
 *
 * A cookie goes to every port of a host, so it alone opens nothing: whatever answers with data wants the page's
 * own key as well, which only scripts of this very place can read.
 */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * What a request wants: a file of the page, which is the same for everybody; a login by a link; data; or to bring the
 * content of a file.
 */
export type WebRoute = 'file' | 'login' | 'data' | 'drop';

export interface WebRequest {
  readonly method: string;
  readonly route: WebRoute;
  readonly headers: IncomingHttpHeaders;
}

export interface WebPlace {
  /** Where the page is, each as `HOST:PORT`. */
  readonly hosts: ReadonlySet<string>;
  /** True when the cookie and the page's key are of the same login, which is good. */
  readonly isLoggedIn: (cookie: string | undefined, pageKey: string | undefined) => boolean;
}

/** Why a request is refused, or what it may have. */
export type WebVerdict = 'yes' | 'wrong-host' | 'foreign' | 'wrong-method' | 'not-logged-in';

const METHODS: Readonly<Record<WebRoute, ReadonlySet<string>>> = {
  file: new Set(['GET', 'HEAD']),
  login: new Set(['GET']),
  data: new Set(['POST']),
  drop: new Set(['POST']),
};

/** What a request says that its body is: a form cannot say either, and a script elsewhere would have to ask first. */
const BODIES = { data: 'application/json', drop: 'application/octet-stream' } as const;

/** The header in which a script of the page says its key. */
export const PAGE_KEY_HEADER = 'p2p-page';

export function verdictOn({ method, route, headers }: WebRequest, place: WebPlace): WebVerdict {
  const host = headers.host?.toLowerCase();
  // A name of somebody else's that leads here would make this their place.
  if (host === undefined || !place.hosts.has(host)) return 'wrong-host';
  if (!METHODS[route].has(method)) return 'wrong-method';
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return 'foreign';
  const site = headers['sec-fetch-site'];
  const isOfPage = site === undefined || site === 'same-origin' || site === 'none';
  // A link may be clicked anywhere; nothing but a page of one's own may ask for more.
  if (route === 'file' || route === 'login') return 'yes';
  if (!isOfPage || headers['content-type'] !== BODIES[route]) return 'foreign';
  const pageKey = headers[PAGE_KEY_HEADER];
  const key = typeof pageKey === 'string' ? pageKey : undefined;
  return place.isLoggedIn(headers.cookie, key) ? 'yes' : 'not-logged-in';
}
