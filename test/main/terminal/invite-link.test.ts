import fc from 'fast-check';
import t from 'tap';
import type { InviteLink } from '../../../src/main/api/invite-link.js';
import {
  formatInviteLink,
  isInviteLink,
  parseInviteLink,
} from '../../../src/main/terminal/invite-link.js';

const deviceId = 'ef'.repeat(32);
const key = Buffer.from(deviceId, 'hex').toString('base64url');
const link: InviteLink = {
  tracker: { host: '192.0.2.10', port: 8000 },
  expected: { how: 'key', deviceId },
  groupId: 'café',
  secret: 'abcDEF_-0123456789xy',
};
const text = `p2p://192.0.2.10:8000/caf%C3%A9#abcDEF_-0123456789xy.${key}`;

t.test('a link has one text', async (t) => {
  t.equal(formatInviteLink(link), text);
  t.same(parseInviteLink(text), link);
  const vouched: InviteLink = { ...link, expected: { how: 'authority' } };
  t.equal(formatInviteLink(vouched), 'p2p://192.0.2.10:8000/caf%C3%A9#abcDEF_-0123456789xy');
  t.same(parseInviteLink(formatInviteLink(vouched)), vouched);
});

t.test('what came along when it was copied does not matter', async (t) => {
  for (const copied of [` ${text}\n`, `<${text}>`, text.replace('p2p', 'P2P')]) {
    t.same(parseInviteLink(copied), link, copied);
  }
  t.equal(parseInviteLink('p2p://Tracker.Example./g#s').tracker.host, 'tracker.example');
  t.equal(parseInviteLink('p2p://tracker.example/g#s').tracker.port, 8000);
});

t.test('what is no whole link is refused without telling its secret', async (t) => {
  const wrong = [
    ...['p2p:', 'p2p://', 'p2p:///g#s', 'p2p://h/#s', 'p2p://h/g', 'p2p://h/g#', 'p2p://h#s'],
    ...['p2p://h/g/more#s', 'p2p://h/g?x#s', 'p2p://h/%#s', 'p2p://h/a%20b#s'],
    ...['p2p://u@h/g#s', 'p2p://h:99999/g#s', 'p2p://[h]/g#s', 'p2p://h/g#a b'],
    `p2p://h/g#hidden.${key}x`,
    `p2p://h/g#hidden.${key.slice(0, -1)}`,
    `p2p://h/g#hidden.${key.slice(0, -1)}9`,
    `p2p://h/g#${'hidden'.repeat(22)}`,
    `p2p://h/${'g'.repeat(5_000)}#hidden`,
    `p2p://h/ghidden.${key}`,
    'p2p:h/ghidden',
    'p2p:hidden',
  ];
  for (const one of wrong) {
    t.ok(isInviteLink(one), one);
    t.throws(() => parseInviteLink(one), { code: 'BAD_ARGUMENT' }, one);
    try {
      parseInviteLink(one);
    } catch (error) {
      t.notMatch((error as Error).message, /hidden/);
    }
  }
});

t.test('the name of a group is no link', async (t) => {
  for (const name of ['film-club', 'p2p', 'p2p//h/g', 'http://h/g#s', 'c#']) {
    t.notOk(isInviteLink(name), name);
  }
});

t.test('a link whose beginning was lost or mistyped is one, and no good one', async (t) => {
  for (const from of [1, 4, 6, text.indexOf('#')]) {
    for (const to of [text.length, text.length - 1, text.indexOf('.', 30)]) {
      const part = text.slice(from, to);
      t.ok(isInviteLink(part), part);
      t.throws(() => parseInviteLink(part), { code: 'BAD_ARGUMENT' }, part);
    }
  }
  t.ok(isInviteLink(`q${text}`));
});

t.test('every link comes back as it was', async () => {
  const hosts = ['192.0.2.1', '2001:db8::7', 'fe80::1%eth0', 'tracker.example', 'xn--bcher-kva.de'];
  const groups = fc
    .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    .filter((name) => isGood(name));
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      fc.constantFrom(...hosts),
      fc.integer({ min: 1, max: 65_535 }),
      groups,
      fc.stringMatching(/^[\w-]{20}$/),
      fc.option(bytes, { nil: undefined }),
      (host, port, groupId, secret, id) => {
        const expected =
          id === undefined
            ? ({ how: 'authority' } as const)
            : ({ how: 'key', deviceId: Buffer.from(id).toString('hex') } as const);
        const one = { tracker: { host, port }, expected, groupId, secret };
        const back = parseInviteLink(formatInviteLink(one));
        return JSON.stringify(back) === JSON.stringify(one);
      },
    ),
  );
});

function isGood(name: string): boolean {
  try {
    return parseInviteLink(`p2p://h/${encodeURIComponent(name)}#s`).groupId === name;
  } catch {
    return false;
  }
}
