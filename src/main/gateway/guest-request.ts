/** What a request asks for, by its first line alone. Pure. */

import type { ArchiveFormName } from './archive/archive-form.js';

export type GuestMethod = 'GET' | 'HEAD' | 'POST';

export type GuestRequest =
  | { readonly kind: 'wrong-method' }
  /** No address of a link, whatever it is. */
  | { readonly kind: 'elsewhere' }
  | {
      readonly kind: 'link';
      readonly method: GuestMethod;
      readonly secret: string;
      /** In which a folder is wanted. */
      readonly form: ArchiveFormName;
    };

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST'] satisfies GuestMethod[];

/** The name behind the secret is for people and programs that save; nothing is looked up by it. */
const LINK = /^\/g\/([\w-]{43})(?:\/[^?#]*)?(?:\?([^#]*))?$/;

export function guestRequestOf(method: string | undefined, url: string | undefined): GuestRequest {
  if (method === undefined || !METHODS.includes(method)) return { kind: 'wrong-method' };
  const [, secret, query = ''] = LINK.exec(url ?? '') ?? [];
  if (secret === undefined) return { kind: 'elsewhere' };
  const form = new URLSearchParams(query).get('as') === 'tar' ? 'tar' : 'zip';
  return { kind: 'link', method: method as GuestMethod, secret, form };
}

/** Where a link is, as the way of an address. */
export function pathOf(secret: string, fileName: string, form: ArchiveFormName = 'zip'): string {
  const name = encodeURIComponent(fileName.replace(/\p{Cs}/gu, '\ufffd'));
  return `${folderOf(secret)}/${name}${form === 'tar' ? '?as=tar' : ''}`;
}

/** The way under which nothing but this link is. */
export function folderOf(secret: string): string {
  return `/g/${secret}`;
}
