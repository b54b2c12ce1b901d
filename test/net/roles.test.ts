import t from 'tap';
import {
  governs,
  INVITED_ROLES,
  isBelow,
  isRole,
  mayDo,
  ROLES,
  rolesWith,
  type Right,
  type Role,
} from '../../src/net/roles.js';

/** As the pages tell it: a role that loses or gets a right has to be written here too. */
const rights: Readonly<Record<Right, readonly Role[]>> = {
  fetch: ['owner', 'admin', 'member', 'reader'],
  bring: ['owner', 'admin', 'member'],
  replace: ['owner', 'admin'],
  admit: ['owner', 'admin'],
  invite: ['owner', 'admin'],
  expel: ['owner', 'admin'],
  appoint: ['owner'],
};

t.test('each role has its rights and no other', (t) => {
  for (const [right, having] of Object.entries(rights) as [Right, readonly Role[]][]) {
    t.same(rolesWith(right), having, right);
    for (const role of ROLES) t.equal(mayDo(role, right), having.includes(role), role);
  }
  t.end();
});

t.test('whoever is above has all rights of those below, and more', (t) => {
  const counts = ROLES.map((role) => {
    return Object.keys(rights).filter((right) => mayDo(role, right as Right)).length;
  });
  t.same(counts, [7, 6, 2, 1]);
  for (const role of ROLES) {
    for (const other of ROLES) {
      t.equal(isBelow(role, other), ROLES.indexOf(role) > ROLES.indexOf(other), `${role} ${other}`);
      if (!isBelow(role, other)) continue;
      for (const right of Object.keys(rights) as Right[]) {
        t.ok(!mayDo(role, right) || mayDo(other, right), `${other} has ${right} of ${role}`);
      }
    }
  }
  t.end();
});

t.test('an owner governs all, an admin members and readers, others nobody', (t) => {
  const governed = ROLES.map((role) => ROLES.filter((other) => governs(role, other)));
  t.same(governed, [ROLES, ['member', 'reader'], [], []]);
  for (const role of rolesWith('invite')) {
    for (const invited of INVITED_ROLES) t.ok(governs(role, invited), 'whom one invites');
  }
  t.end();
});

t.test('a word is a role or not', (t) => {
  for (const role of ROLES) t.ok(isRole(role));
  for (const word of ['', 'Owner', 'king', 'toString', '__proto__']) t.notOk(isRole(word), word);
  t.end();
});
