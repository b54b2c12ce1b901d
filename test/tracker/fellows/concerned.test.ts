import t from 'tap';
import { MAX_CONCERNED_KEPT } from '../../../src/net/limits.js';
import type { Effect } from '../../../src/tracker/effects.js';
import { Concerned } from '../../../src/tracker/fellows/concerned.js';

const standing = { groupId: 'g', incarnation: 'i', epoch: 2 };
const login: Effect = {
  type: 'login-begun',
  userId: 'anna',
  tokenHash: '',
  groupIds: ['a', 'g'],
};
const offer: Effect = { type: 'offer-begun', groupId: 'g', fileId: 'cat', deviceId: 'pc' };

void t.test('what a login and an offer rest on', (t) => {
  const cases: readonly (readonly [Effect, isLogin: boolean, isOffer: boolean])[] = [
    [{ type: 'epoch-risen', ...standing }, true, false],
    [{ type: 'member-removed', userId: 'ben', ...standing }, true, false],
    [{ type: 'banned', userId: 'ben', ...standing }, true, false],
    [{ type: 'member-barred', userId: 'ben', ...standing }, true, false],
    [{ type: 'member-removed', userId: 'anna', ...standing, groupId: 'x' }, true, true],
    [{ type: 'logins-ended', userId: 'anna', keptTokenHash: '', message: '' }, true, true],
    [{ type: 'content-gone', groupId: 'g', fileId: 'cat' }, false, true],
    [{ type: 'content-gone', groupId: 'g', fileId: 'dog' }, false, false],
    [{ type: 'content-gone', groupId: 'x', fileId: 'cat' }, false, false],
    [{ type: 'member-joined', userId: 'ben', role: 'member', ...standing }, false, false],
    [{ type: 'epoch-risen', ...standing, groupId: 'x' }, false, false],
    [{ type: 'epoch-risen', ...standing, groupId: 'anna' }, false, false],
  ];
  for (const [effect, isLogin, isOffer] of cases) {
    const concerned = new Concerned();
    concerned.add({ effects: [effect] });
    t.equal(concerned.overtakes([login], undefined), isLogin, effect.type);
    t.equal(concerned.overtakes([offer], 'anna'), isOffer, effect.type);
    concerned.clear();
    t.equal(concerned.overtakes([login, offer], 'anna'), false);
  }
  t.end();
});

void t.test('when nobody can say what was changed all that is begun is overtaken', (t) => {
  const concerned = new Concerned();
  const other: Effect = { type: 'content-gone', groupId: 'g', fileId: 'cat' };
  for (const fill of [
    () => concerned.addAll(),
    () =>
      concerned.add({
        effects: Array.from({ length: MAX_CONCERNED_KEPT + 1 }, (_, index) => ({
          ...other,
          fileId: String(index),
        })),
      }),
  ]) {
    fill();
    t.equal(concerned.overtakes([login], undefined), true);
    t.equal(concerned.overtakes([offer], 'ben'), true);
    t.equal(concerned.overtakes([other], 'ben'), false);
    concerned.clear();
    t.equal(concerned.overtakes([login, offer], 'anna'), false);
  }
  t.end();
});
