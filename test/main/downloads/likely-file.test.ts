/** What a name will likely stand for, by the library. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { likelyContent, likelyFile } from '../../../src/main/downloads/likely-file.js';
import type { LeftPieces } from '../../../src/main/downloads/download-request.js';
import { MIN_PIECE_LENGTH } from '../../../src/net/limits.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const { fileId, encoded } = describedBytes(4);

function bits(...pieces: number[]): Bitfield {
  const set = new Bitfield(4);
  for (const piece of pieces) set.add(piece);
  return set;
}

t.test('a download that was begun goes on with what is lacking', async (t) => {
  const { library, folder } = await temporaryLibrary(t);
  const path = join(folder, 'film');
  const row = { id: 'one', groupId: 'chess', incarnation: '', name: 'film', fileId };
  const place = { path, partPath: `${path}.part`, size: 1, startedAtMs: 1 };
  const description = { fileId, pieceLength: MIN_PIECE_LENGTH, encoded };
  library.addDownload(account, { ...row, ...place }, description);
  const found: { before?: LeftPieces } = {};
  const left = { leftOf: async () => found.before };
  const guess = (more: object = {}) => {
    const request = { groupId: 'chess', fileName: 'film', destination: folder, ...more };
    return likelyFile(library, left, account, request);
  };
  t.match(await guess(), { fileId, layout: { pieceCount: 4 }, lacking: [0, 1, 2, 3] });
  t.match(await guess({ destination: path }), { fileId }, 'the place may be named as a whole');
  const last = { stamp: undefined, lastWriteMs: undefined };
  found.before = { ...last, kept: bits(1), keptBytes: MIN_PIECE_LENGTH, doubtful: bits(0) };
  t.match(await guess(), { lacking: [2, 3], lackingBytes: 2 * MIN_PIECE_LENGTH - 100 });
  t.equal(await guess({ only: ['some'] }), undefined);
  t.same(await guess({ fileName: 'other' }), { name: 'other' }, 'nothing is known but the name');
  t.same(await guess({ destination: '/elsewhere' }), { name: 'film' });
  await writeFile(path, '');
  library.finishDownload('one', { size: 1, mtimeNs: 1n, inode: 1n }, 2);
  t.equal(await guess({ destination: '/elsewhere' }), undefined, 'what is here is copied');
  await rm(path);
  t.match(await guess({ destination: '/elsewhere' }), { fileId, lacking: [0, 1, 2, 3] });
  library.removeShare(account, 'chess', 'film');
  t.same(await guess(), { name: 'film' });
});

t.test('the description of what a name stood for is here', async (t) => {
  const { library, folder } = await temporaryLibrary(t);
  const path = join(folder, 'film');
  const row = { id: 'one', groupId: 'chess', incarnation: '', name: 'film', fileId };
  const place = { path, partPath: `${path}.part`, size: 1, startedAtMs: 1 };
  const description = { fileId, pieceLength: MIN_PIECE_LENGTH, encoded };
  library.addDownload(account, { ...row, ...place }, description);
  const has = (more: object = {}) => {
    const request = { groupId: 'chess', fileName: 'film', destination: folder, ...more };
    return likelyContent(library, account, request);
  };
  t.match(has(), { fileId, encoded });
  t.match(has({ only: ['some'] }), { fileId }, 'whatever of it is wanted');
  t.equal(has({ fileName: 'other' }), undefined);
  t.equal(has({ destination: '/elsewhere' }), undefined);
  library.finishDownload('one', { size: 1, mtimeNs: 1n, inode: 1n }, 2);
  t.match(has({ destination: '/elsewhere' }), { fileId }, 'it is shared');
});
