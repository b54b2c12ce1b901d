import t from 'tap';
import {
  isAskedOnce,
  isOnceKey,
  isSameTwice,
  OnceKeys,
  placeOfKey,
} from '../../src/net/asked-once.js';
import { MAX_KEPT_ANSWERS } from '../../src/net/limits.js';

void t.test('keys differ, and go round through all places', (t) => {
  const keys = new OnceKeys();
  const drawn = Array.from({ length: MAX_KEPT_ANSWERS }, () => keys.next());
  t.ok(drawn.every(isOnceKey));
  t.equal(new Set(drawn).size, MAX_KEPT_ANSWERS);
  const places = new Set(drawn.map(placeOfKey));
  t.equal(places.size, MAX_KEPT_ANSWERS);
  t.ok([...places].every((place) => place >= 0 && place < MAX_KEPT_ANSWERS));
  t.end();
});

void t.test('a key is 32 hex digits', (t) => {
  for (const wrong of [
    '',
    'a'.repeat(31),
    'a'.repeat(33),
    'A'.repeat(32),
    'g'.repeat(32),
    7,
    null,
  ]) {
    t.notOk(isOnceKey(wrong));
  }
  t.end();
});

void t.test('what looks, and what is the same twice, has none', (t) => {
  t.ok(isAskedOnce('kick', {}));
  t.notOk(isAskedOnce('listGroups', {}));
  t.notOk(isAskedOnce('login', {}));
  t.notOk(isAskedOnce('shareFile', {}));
  t.ok(isAskedOnce('shareFile', { replace: true }));
  t.end();
});

void t.test('shares are the same twice, unless they take the place of something', (t) => {
  t.ok(isSameTwice('shareFile', { name: 'a' }));
  t.notOk(isSameTwice('shareFile', { name: 'a', replace: true }));
  t.ok(isSameTwice('shareFiles', { files: [{ name: 'a' }, { name: 'b', replace: false }] }));
  t.notOk(isSameTwice('shareFiles', { files: [{ name: 'a' }, { name: 'b', replace: true }] }));
  t.ok(isSameTwice('stopShares', { names: ['a'] }), 'what is ended is ended');
  t.notOk(isSameTwice('kick', {}));
  t.end();
});
