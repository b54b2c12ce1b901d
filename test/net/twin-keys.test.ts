/** Names that some disk takes for the same one, and how much work may be done for a table. */
import t from 'tap';
import { MAX_FOLDER_ENTRIES, MAX_NAME_BYTES } from '../../src/net/limits.js';
import { plainDigest, TwinKeys } from '../../src/net/twin-keys.js';
import { TWINS } from '../fixtures/hostile-tables.js';

for (const [one, other] of TWINS) {
  t.test(`${one} and ${other} have one key`, async (t) => {
    const keys = new TwinKeys();
    t.equal(keys.of(one), keys.of(other));
    t.not(keys.of(one), keys.of(`${other}2`));
  });
}

t.test('plain names are no work, others are counted, and twice when they change', async (t) => {
  const plain = new TwinKeys(0);
  plain.of('a plain name.txt');
  t.notOk(plain.isSpent);
  const spent = (name: string, most: number): boolean => {
    const keys = new TwinKeys(most);
    keys.of(name);
    return keys.isSpent;
  };
  for (const composed of ['песня', 'ÄÖÜäö', '文件夹名字', '\u0628\u0651\u0628\u0651\u0628']) {
    t.notOk(spent(composed, 5), composed);
    t.ok(spent(composed, 4), composed);
  }
  for (const changed of ['a\u0308bcd', 'q\u0301\u0316cd', 'stra\u00df']) {
    t.notOk(spent(changed, 2 * changed.length), changed);
    t.ok(spent(changed, 2 * changed.length - 1), changed);
  }
});

t.test('heaps of marks are four times the work, and no language has them', async (t) => {
  const spent = (name: string, most: number): boolean => {
    const keys = new TwinKeys(most);
    keys.digestOf(name);
    return keys.isSpent;
  };
  const heap = `a${'\u0301\u0316'.repeat(8)}`;
  t.notOk(spent(heap, 4 * heap.length));
  t.ok(spent(heap, 4 * heap.length - 1));
  const word = 'ti\u0323\u0302e\u0302\u0301ng';
  t.notOk(spent(word, 2 * word.length));
});

t.test('digests are alike where keys are, and of plain names made of their bytes', async (t) => {
  const keys = new TwinKeys();
  for (const [one, other] of TWINS) {
    t.equal(keys.digestOf(one), keys.digestOf(other), one);
    t.not(keys.digestOf(one), keys.digestOf(`${other}2`));
  }
  for (const name of ['a', 'README.md', 'a name of words', '..a', 'Z[~]']) {
    const bytes = Buffer.from(`<${name}>`);
    t.equal(plainDigest(bytes, 1, bytes.length - 1), keys.digestOf(name), name);
  }
  for (const name of ['', '.', '..', ' a', 'a ', 'a/b', 'a\\b', '\u007f', 'ä']) {
    const bytes = Buffer.from(name);
    t.equal(plainDigest(bytes, 0, bytes.length), undefined, JSON.stringify(name));
  }
});

t.test('many names that are no twins have as many digests', async (t) => {
  const keys = new TwinKeys();
  const digests = new Set<number>();
  for (let index = 0; index < MAX_FOLDER_ENTRIES; index++)
    digests.add(keys.digestOf(`${index}.jpg`));
  t.equal(digests.size, MAX_FOLDER_ENTRIES);
});

t.test('the key of a name that comes apart is short', async (t) => {
  const keys = new TwinKeys();
  const name = '\u{1d160}'.repeat(60);
  t.ok(keys.of(name).length <= MAX_NAME_BYTES);
  t.equal(keys.of(name), keys.of(name));
  t.not(keys.of(name), keys.of(`${name}z`));
});

t.test('as many names as a folder may hold, of forty letters, are not too much', async (t) => {
  const keys = new TwinKeys();
  const tail = 'Песня о друге и ещё одна песня'.padEnd(34, '.');
  for (let index = 0; index < MAX_FOLDER_ENTRIES; index++) {
    keys.of(`${String(index).padStart(6, '0')}${tail}`);
  }
  t.notOk(keys.isSpent);
});
