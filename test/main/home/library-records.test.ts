import t from 'tap';
import { toShare, type ShareRow } from '../../../src/main/home/library-records.js';
import { StorageError } from '../../../src/net/errors.js';

const row: ShareRow = {
  group_id: 'g',
  incarnation: '',
  name: 'film',
  file_id: 'f',
  path: '/data/film',
  size: 1,
  mtime_ns: '1700000000000000001',
  inode: '7',
  ctime_ns: null,
  shared_at_ms: 1,
  piece_length: 262_144,
  is_folder: 0,
  damaged_at_ms: null,
  choice: null,
};

t.test('a share is read back with all 64 bits of its stamp', (t) => {
  const { stamp } = toShare(row);
  t.same(stamp, { size: 1, mtimeNs: 1_700_000_000_000_000_001n, inode: 7n });
  t.end();
});

t.test('a row that a disk has damaged is refused with the way out', (t) => {
  for (const damaged of [{ mtime_ns: '17x' }, { inode: '-' }, { ctime_ns: '1.5' }]) {
    t.throws(() => toShare({ ...row, ...damaged }), {
      name: StorageError.name,
      code: 'IO_ERROR',
      message: /library\.db.*restore/,
    });
  }
  t.end();
});
