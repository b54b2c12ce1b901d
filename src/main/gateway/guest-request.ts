/** What a request asks for, by its first line alone. Pure. */

export type GuestMethod = 'GET' | 'HEAD' | 'POST';

export type GuestRequest =
  | { readonly kind: 'wrong-method' }
  /** No address of a link, whatever it is. */
  | { readonly kind: 'elsewhere' }
  | {
      readonly kind: 'link';
      readonly method: GuestMethod;
      readonly secret: string;
    };

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST'] satisfies GuestMethod[];

/** The name behind the secret is for people and programs that save; nothing is looked up by it. */
const LINK = /^\/g\/([\w-]{43})(?:\/[^?#]*)?(?:\?[^#]*)?$/;

export function guestRequestOf(method: string | undefined, url: string | undefined): GuestRequest {
  if (method === undefined || !METHODS.includes(method)) return { kind: 'wrong-method' };
  const [, secret] = LINK.exec(url ?? '') ?? [];
  if (secret === undefined) return { kind: 'elsewhere' };
  return { kind: 'link', method: method as GuestMethod, secret };
}

/** Where a link is, as the way of an address. */
export function pathOf(secret: string, fileName: string): string {
  return `${folderOf(secret)}/${encodeURIComponent(fileName.replace(/\p{Cs}/gu, '\ufffd'))}`;
}

/** The way under which nothing but this link is. */
export function folderOf(secret: string): string {
  return `/g/${secret}`;
}
