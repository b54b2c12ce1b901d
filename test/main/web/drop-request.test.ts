import type { IncomingHttpHeaders } from 'node:http';
import t from 'tap';
import { readDrop, requireMayDrop } from '../../../src/main/web/drop-request.js';

const GOOD = 'group=g&name=film.mkv';
const sized: IncomingHttpHeaders = { 'content-length': '7' };

t.test('a drop names its group and its file, and says how long it is', async (t) => {
  t.same(readDrop(GOOD, sized), { groupId: 'g', name: 'film.mkv', size: 7, replace: false });
  t.match(readDrop(`${GOOD}&replace=yes`, sized), { replace: true });
  t.match(readDrop('group=g&name=%F0%9F%8E%9E+%26+%C3%BC', { 'content-length': '0' }), {
    name: '🎞 & ü',
    size: 0,
  });
});

/** What is asked, with which headers, and the code of the refusal. */
const refused: readonly (readonly [string | undefined, IncomingHttpHeaders, string])[] = [
  [undefined, sized, 'BAD_ARGUMENT'],
  ['', sized, 'BAD_ARGUMENT'],
  ['name=film.mkv', sized, 'BAD_ARGUMENT'],
  ['group=g', sized, 'BAD_ARGUMENT'],
  ['group=g&name=', sized, 'BAD_ARGUMENT'],
  // Names that lead elsewhere, or show something else.
  ['group=g&name=..', sized, 'BAD_ARGUMENT'],
  ['group=g&name=.', sized, 'BAD_ARGUMENT'],
  ['group=g&name=..%2Fx', sized, 'BAD_ARGUMENT'],
  ['group=g&name=%2Fetc%2Fpasswd', sized, 'BAD_ARGUMENT'],
  ['group=g&name=a%2Fb', sized, 'BAD_ARGUMENT'],
  ['group=g&name=a%5Cb', sized, 'BAD_ARGUMENT'],
  ['group=g&name=a%00b', sized, 'BAD_ARGUMENT'],
  ['group=g&name=a%0D%0Ab', sized, 'BAD_ARGUMENT'],
  ['group=g&name=a%E2%80%AEb', sized, 'BAD_ARGUMENT'],
  [`group=g&name=${'x'.repeat(256)}`, sized, 'BAD_ARGUMENT'],
  ['group=a%20b&name=x', sized, 'BAD_ARGUMENT'],
  // What could be understood in two ways.
  [`${GOOD}&name=other`, sized, 'BAD_REQUEST'],
  [`${GOOD}&group=other`, sized, 'BAD_REQUEST'],
  [`${GOOD}&path=/etc/passwd`, sized, 'BAD_REQUEST'],
  [`${GOOD}&__proto__=x`, sized, 'BAD_REQUEST'],
  // No length, or one that is none.
  [GOOD, {}, 'BAD_REQUEST'],
  [GOOD, { 'transfer-encoding': 'chunked' }, 'BAD_REQUEST'],
  [GOOD, { ...sized, 'transfer-encoding': 'chunked' }, 'BAD_REQUEST'],
  [GOOD, { ...sized, 'content-encoding': 'gzip' }, 'BAD_REQUEST'],
  [GOOD, { 'content-length': '-1' }, 'BAD_REQUEST'],
  [GOOD, { 'content-length': '+7' }, 'BAD_REQUEST'],
  [GOOD, { 'content-length': '0x7' }, 'BAD_REQUEST'],
  [GOOD, { 'content-length': '7, 8' }, 'BAD_REQUEST'],
  [GOOD, { 'content-length': '1e3' }, 'BAD_REQUEST'],
  [GOOD, { 'content-length': '9007199254740992' }, 'BAD_REQUEST'],
];

for (const [query, headers, code] of refused) {
  t.test(`refused: ${query ?? 'nothing'} ${JSON.stringify(headers)}`, async (t) => {
    t.throws(() => readDrop(query, headers), { code });
  });
}

t.test('only who may share in the group, and where there is room', async (t) => {
  const asked: number[] = [];
  const spool = { requireRoom: async (bytes: number) => void asked.push(bytes) };
  const groups = [
    { groupId: 'mine', role: 'member' as const },
    { groupId: 'read', role: 'reader' as const },
    { groupId: 'other' },
  ];
  const engine = { describeGroups: () => Promise.resolve(groups) };
  await requireMayDrop(engine, spool, { groupId: 'mine', size: 7 });
  t.ok((asked[0] ?? 0) > 7, 'something is left beside it');
  for (const [groupId, code] of [
    ['read', 'READ_ONLY'],
    ['other', 'NOT_A_MEMBER'],
    ['none', 'NOT_A_MEMBER'],
  ] as const) {
    await t.rejects(requireMayDrop(engine, spool, { groupId, size: 7 }), { code });
  }
  t.equal(asked.length, 1);
});
