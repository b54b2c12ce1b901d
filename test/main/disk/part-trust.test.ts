import t from 'tap';
import { UNNOTED_WRITE_MS } from '../../../src/net/limits.js';
import { isAsLeft } from '../../../src/main/disk/part-trust.js';

const MS = 1_000_000n;
const atMs = (ms: number): { mtimeNs: bigint; ctimeNs: bigint } => ({
  mtimeNs: BigInt(ms) * MS,
  ctimeNs: BigInt(ms) * MS,
});
const stamp = { size: 100, inode: 7n, ...atMs(10_000) };
const lastWriteMs = 12_000;

t.test('a part file as it was noted is what was left', (t) => {
  t.ok(isAsLeft({ stamp, lastWriteMs: undefined }, stamp));
  t.ok(isAsLeft({ stamp, lastWriteMs }, stamp));
  t.ok(isAsLeft({ stamp, lastWriteMs }, { ...stamp, device: 3n }), 'mounted again');
  t.end();
});

t.test('so is one to which its run went on writing, as long as that can have lived', (t) => {
  t.ok(isAsLeft({ stamp, lastWriteMs }, { ...stamp, ...atMs(11_000) }));
  t.ok(isAsLeft({ stamp, lastWriteMs }, { ...stamp, ...atMs(lastWriteMs + UNNOTED_WRITE_MS) }));
  t.end();
});

t.test('anything else only hashing can tell', (t) => {
  const now = { ...stamp, ...atMs(11_000) };
  const late = atMs(lastWriteMs + UNNOTED_WRITE_MS + 1);
  t.notOk(isAsLeft({ stamp, lastWriteMs: undefined }, now), 'nobody noted that they wrote');
  t.notOk(isAsLeft({ stamp, lastWriteMs }, { ...now, ...late }), 'after the end of its run');
  t.notOk(isAsLeft({ stamp, lastWriteMs }, { ...now, ...late, mtimeNs: now.mtimeNs }), 'put back');
  t.notOk(isAsLeft({ stamp, lastWriteMs }, { ...now, ...atMs(9_000) }), 'the clock was set back');
  t.notOk(isAsLeft({ stamp, lastWriteMs }, { ...stamp, mtimeNs: 1n }), 'a time was set');
  t.notOk(isAsLeft({ stamp, lastWriteMs }, { ...now, inode: 8n }), 'another file');
  t.notOk(isAsLeft({ stamp, lastWriteMs }, { ...now, size: 99 }), 'another length');
  t.notOk(isAsLeft({ stamp: undefined, lastWriteMs }, now), 'nothing was noted');
  const { ctimeNs, ...without } = stamp;
  t.notOk(isAsLeft({ stamp: without, lastWriteMs }, stamp), `not even ${ctimeNs}`);
  t.end();
});
