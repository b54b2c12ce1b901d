import t from 'tap';
import { MAX_BANS_PER_GROUP, MAX_GOVERNORS_PER_GROUP } from '../../src/net/limits.js';
import { governs, isBelow, mayDo, ROLES, type Role } from '../../src/net/roles.js';
import {
  checkBan,
  checkExpel,
  checkGovernorCount,
  checkHandOver,
  checkRight,
  checkUnban,
  decideRole,
  succession,
  type Standing,
} from '../../src/tracker/role-rules.js';
import { codeThrownBy } from '../net/thrown-by.js';

const anybody: readonly (Role | undefined)[] = [...ROLES, undefined];
const anna = (role: Role | undefined): Standing => ({ userId: 'anna', role });
const ben = (role: Role | undefined): Standing => ({ userId: 'ben', role });
const rights = ['bring', 'replace', 'admit', 'invite', 'expel', 'appoint'] as const;
const some = { ownerCount: 2, governorCount: 2 };

void t.test('a right is asked for in the words of the group', async (t) => {
  for (const role of anybody) {
    for (const right of rights) {
      const code = codeThrownBy(() => checkRight('lab', role, right));
      const may = role !== undefined && mayDo(role, right);
      t.equal(code, may ? undefined : 'NOT_OWNER', `${role} ${right}`);
    }
  }
  const said = (right: 'admit' | 'appoint') => () => checkRight('lab', 'member', right);
  t.throws(said('admit'), { message: 'only an owner or an admin of lab may do this' });
  t.throws(said('appoint'), { message: 'only an owner of lab may do this' });
});

/** Each of them as everybody to everybody: what is refused, and how. */
void t.test('who expels whom', async (t) => {
  for (const role of anybody) {
    for (const other of anybody) {
      const what = `${role} ${other}`;
      const may = role !== undefined && mayDo(role, 'expel');
      const overThem = may && governs(role, other ?? 'reader');
      const kicked = other === undefined ? 'NO_SUCH_USER' : overThem ? undefined : 'NOT_OWNER';
      const thrown = (check: () => void) => codeThrownBy(check);
      t.equal(
        thrown(() => checkExpel('lab', anna(role), ben(other))),
        may ? kicked : 'NOT_OWNER',
        what,
      );
      const banned = overThem ? undefined : 'NOT_OWNER';
      t.equal(
        thrown(() => checkBan('lab', anna(role), ben(other), 0)),
        banned,
        what,
      );
      t.equal(
        thrown(() => checkUnban('lab', anna(role), other)),
        banned,
        what,
      );
    }
    const self = may(role, 'expel') ? 'BAD_REQUEST' : 'NOT_OWNER';
    t.equal(
      codeThrownBy(() => checkExpel('lab', anna(role), anna(role))),
      self,
    );
    t.equal(
      codeThrownBy(() => checkBan('lab', anna(role), anna(role), 0)),
      self,
    );
  }
  const full = () => checkBan('lab', anna('owner'), ben('member'), MAX_BANS_PER_GROUP);
  t.throws(full, { code: 'LIMIT_REACHED', message: /`unban`$/ });
});

void t.test('who makes whom what', async (t) => {
  for (const role of anybody) {
    for (const other of anybody) {
      for (const wanted of ROLES) {
        const change = () => decideRole('lab', anna(role), ben(other), wanted, some);
        const what = `${role} makes ${other} ${wanted}`;
        if (role !== 'owner') t.throws(change, { code: 'NOT_OWNER' }, what);
        else if (other === undefined) t.throws(change, { code: 'NO_SUCH_USER' }, what);
        else if (other === wanted) t.equal(change(), 'unchanged', what);
        else t.equal(change(), isBelow(wanted, other) ? 'lowered' : 'raised', what);
      }
    }
  }
});

void t.test('everybody may step down, and nobody up', async (t) => {
  for (const role of ROLES) {
    for (const wanted of ROLES) {
      const change = () => decideRole('lab', anna(role), anna(role), wanted, some);
      if (wanted === role) t.equal(change(), 'unchanged');
      else if (isBelow(wanted, role)) t.equal(change(), 'lowered', `${role} to ${wanted}`);
      else t.throws(change, { code: 'NOT_OWNER' }, `${role} to ${wanted}`);
    }
  }
  const stranger = () => decideRole('lab', anna(undefined), anna(undefined), 'reader', some);
  t.throws(stranger, { code: 'NOT_OWNER' });
});

void t.test('the last owner stays one', async (t) => {
  const alone = { ownerCount: 1, governorCount: 9 };
  for (const wanted of ['admin', 'member', 'reader'] as const) {
    const down = () => decideRole('lab', anna('owner'), anna('owner'), wanted, alone);
    t.throws(down, { code: 'LAST_OWNER' }, wanted);
  }
  t.equal(decideRole('lab', anna('owner'), anna('owner'), 'owner', alone), 'unchanged');
});

void t.test('a group has so many owners and admins', async (t) => {
  const full = { ownerCount: 1, governorCount: MAX_GOVERNORS_PER_GROUP };
  const make = (before: Role, after: Role) => () =>
    decideRole('lab', anna('owner'), ben(before), after, full);
  for (const before of ['member', 'reader'] as const) {
    for (const after of ['admin', 'owner'] as const) {
      t.throws(make(before, after), { code: 'LIMIT_REACHED' });
    }
  }
  t.equal(make('admin', 'owner')(), 'raised', 'who is one of them already');
  t.equal(make('reader', 'member')(), 'raised', 'who will be none of them');
  t.doesNotThrow(() => checkGovernorCount('lab', 'member', 'owner', MAX_GOVERNORS_PER_GROUP - 1));
});

void t.test('a group is handed over by an owner to somebody else in it', async (t) => {
  for (const role of anybody) {
    for (const other of ROLES) {
      const handOver = () => checkHandOver('lab', anna(role), ben(other));
      t.equal(codeThrownBy(handOver), role === 'owner' ? undefined : 'NOT_OWNER');
    }
  }
  const to = (other: Standing) => () => checkHandOver('lab', anna('owner'), other);
  t.throws(to(anna('owner')), { code: 'BAD_REQUEST' });
  t.throws(to(ben(undefined)), { code: 'NO_SUCH_USER' });
});

void t.test('an owner who leaves is followed by the highest who came first', async (t) => {
  const all = { owner: 'o', admin: 'a', member: 'm', reader: 'r' };
  t.same(succession(all), { outcome: 'owner-stays' });
  t.same(succession({ admin: 'a', member: 'm' }), { outcome: 'new-owner', userId: 'a' });
  t.same(succession({ reader: 'r', member: 'm' }), { outcome: 'new-owner', userId: 'm' });
  t.same(succession({ reader: 'r' }), { outcome: 'new-owner', userId: 'r' });
  t.same(succession({}), { outcome: 'group-ended' });
});

function may(role: Role | undefined, right: 'expel'): boolean {
  return role !== undefined && mayDo(role, right);
}
