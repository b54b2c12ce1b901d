/** What may go again by itself: what came from the group, and from nowhere else. */
import t from 'tap';
import {
  originOfAgreed,
  originOfFetched,
  type OriginFacts,
} from '../../../src/main/sync/item-origin.js';

const path = '/club/film';
const stamp = { size: 1, mtimeNs: 1n, inode: 1n };
const facts: OriginFacts = {
  group: { fileId: 'a', isFirstHere: false },
  noted: undefined,
  share: undefined,
  path,
};
const first = { fileId: 'a', isFirstHere: true };
const elsewhere = { fileId: 'a', path: '/videos/film' };
const here = { fileId: 'a', path };
const brought = { fileId: 'a', origin: 'brought', stamp } as const;
const onItsWay = { fileId: 'a', origin: 'brought' } as const;
const shared = { fileId: 'a', origin: 'shared', stamp } as const;

t.test('of what is fetched', (t) => {
  const cases: readonly (readonly [string, Partial<OriginFacts>, string])[] = [
    ['new', {}, 'brought'],
    ['this device has shared it before all others', { group: first }, 'found'],
    ['it is shared from elsewhere', { share: elsewhere }, 'found'],
    ['it is shared from here, and nobody knows why', { share: here }, 'found'],
    ['the same, and it was on its way', { share: here, noted: onItsWay }, 'found'],
    ['it came before', { share: here, noted: brought }, 'brought'],
    ['it came before, and is shared from elsewhere', { share: elsewhere, noted: brought }, 'found'],
    ['it was shared from here', { share: here, noted: shared }, 'found'],
    ['the same, and the share has ended', { noted: shared }, 'found'],
    ['another was shared from here', { noted: { ...shared, fileId: 'b' } }, 'brought'],
    ['another is shared from elsewhere', { share: { ...elsewhere, fileId: 'b' } }, 'brought'],
  ];
  for (const [name, more, origin] of cases)
    t.equal(originOfFetched({ ...facts, ...more }), origin, name);
  t.end();
});

t.test('of what is the same in both', (t) => {
  const on = { noted: onItsWay };
  const cases: readonly (readonly [string, Partial<OriginFacts>, string | undefined, string])[] = [
    ['on its way, and it came', { ...on, share: here }, 'a', 'brought'],
    ['on its way, and nothing came', on, undefined, 'found'],
    ['on its way, and another one came', on, 'b', 'found'],
    ['it came, and this device was first', { ...on, group: first }, 'a', 'found'],
    ['it came, and is shared from elsewhere', { ...on, share: elsewhere }, 'a', 'found'],
    ['it came, and was touched', { noted: brought }, undefined, 'brought'],
    ['the same, shared from elsewhere', { noted: brought, share: elsewhere }, 'a', 'found'],
  ];
  for (const [name, more, cameAs, origin] of cases)
    t.equal(originOfAgreed('brought', { ...facts, ...more }, cameAs), origin, name);
  t.equal(originOfAgreed('found', facts, 'a'), 'found');
  t.equal(originOfAgreed('shared', facts, 'a'), 'shared');
  t.end();
});
