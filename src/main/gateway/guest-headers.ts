/** The heads of answers to guests. Pure. */
import type { ByteRange } from './byte-range.js';

/**
 * Of every answer. A page of ours runs, loads and frames nothing; what is downloaded is never shown as a page of this
 * place; nothing of it is kept on the way, and no other place learns the address.
 */
export const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex, nofollow',
};

export interface GuestHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What an answer brings. */
export interface Headed {
  /** As it is to be saved. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly hasRanges: boolean;
  /** A content has one name for good. */
  readonly etag: string;
}

/** What says how the bytes of an answer are to be taken. */
export function headOf(
  { name, size, contentType, hasRanges, etag }: Headed,
  range: ByteRange,
): GuestHead {
  const common = { 'Accept-Ranges': hasRanges ? 'bytes' : 'none', ETag: etag };
  if (range.kind === 'unsatisfiable') {
    return { status: 416, headers: { ...common, 'Content-Range': `bytes */${size}` } };
  }
  const file = {
    ...common,
    'Content-Type': contentType,
    'Content-Disposition': attachment(name),
  };
  if (range.kind === 'whole') {
    return { status: 200, headers: { ...file, 'Content-Length': String(size) } };
  }
  const { first, last } = range;
  const part = { 'Content-Range': `bytes ${first}-${last}/${size}` };
  return { status: 206, headers: { ...file, ...part, 'Content-Length': String(last - first + 1) } };
}

/** `Content-Disposition` (RFC 6266): a plain name for old programs, and the whole one in UTF-8 (RFC 8187). */
export function attachment(fileName: string): string {
  const name = savedName(fileName);
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${extValue(name)}`;
}

/** Without what makes a path, or a name that is not what it looks like, of it. */
export function savedName(fileName: string): string {
  const name = fileName
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[/\\:*?<>|]/g, '_')
    .replace(/^[. ]+|[. ]+$/g, '');
  return name === '' ? 'download' : name;
}

/** RFC 8187: `attr-char` as it is, everything else by its bytes. */
function extValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*!]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
