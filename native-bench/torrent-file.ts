/** Writes a .torrent (BEP 3) for the rivals that speak BitTorrent, and reads nothing. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Source } from './files.js';

type Bencoded =
  number | string | Uint8Array | readonly Bencoded[] | { readonly [key: string]: Bencoded };

/** Writes the description of a source; without a tracker peers must be named by hand. */
export async function writeTorrent(path: string, source: Source, announce?: string): Promise<void> {
  const pieces = await pieceHashes(source);
  const common = { 'piece length': source.pieceLength, pieces, private: 1 };
  const [only] = source.names;
  const info =
    source.names.length === 1
      ? { ...common, length: source.size, name: only! }
      : { ...common, files: await fileList(source), name: basename(source.folder) };
  await writeFile(path, encode({ ...(announce === undefined ? {} : { announce }), info }));
}

async function fileList({ folder, names }: Source): Promise<Bencoded[]> {
  const list: Bencoded[] = [];
  for (const name of names) {
    list.push({ length: (await stat(join(folder, name))).size, path: [name] });
  }
  return list;
}

/** SHA-1 of every piece; pieces go on from one file into the next. */
async function pieceHashes({ folder, names, pieceLength }: Source): Promise<Buffer> {
  const digests: Buffer[] = [];
  let hash = createHash('sha1');
  let filled = 0;
  for (const name of names) {
    const stream = createReadStream(join(folder, name), { highWaterMark: 2 ** 20 });
    for await (let bytes of stream as AsyncIterable<Buffer>) {
      while (bytes.length > 0) {
        const part = bytes.subarray(0, pieceLength - filled);
        hash.update(part);
        filled += part.length;
        bytes = bytes.subarray(part.length);
        if (filled < pieceLength) continue;
        digests.push(hash.digest());
        hash = createHash('sha1');
        filled = 0;
      }
    }
  }
  if (filled > 0) digests.push(hash.digest());
  return Buffer.concat(digests);
}

/** Bencoding; keys of a dictionary are sorted as it demands. */
export function encode(value: Bencoded): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`);
  if (typeof value === 'string') return encode(Buffer.from(value));
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (Array.isArray(value)) return wrapped('l', (value as readonly Bencoded[]).map(encode));
  const keys = Object.keys(value).toSorted();
  const record = value as Readonly<Record<string, Bencoded>>;
  return wrapped(
    'd',
    keys.flatMap((key) => [encode(key), encode(record[key]!)]),
  );
}

function wrapped(mark: 'l' | 'd', parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(mark), ...parts, Buffer.from('e')]);
}
