import t from 'tap';
import { MAX_SESSIONS_PER_USER } from '../../../src/net/limits.js';
import { SessionRegistry } from '../../../src/tracker/sessions/session-registry.js';
import { at } from '../../fixtures/incarnations.js';

const news = { groupId: 'g', ...at(2), removedUsers: [] };

function scene() {
  const told: string[] = [];
  const registry = new SessionRegistry<{ tell: () => void }>(() => 0);
  return {
    registry,
    session: (name: string) => ({ tell: () => void told.push(name) }),
    /** Who hears of a group. */
    hearing: (groupId: string) => {
      registry.pushToGroup(groupId, 'epoch', { ...news, groupId });
      return told.splice(0).sort();
    },
  };
}

void t.test('a push to a group reaches every session of its online members', async (t) => {
  const { registry, session, hearing } = scene();
  registry.add(session('anna 1'), 'anna', ['g', 'h']);
  registry.add(session('anna 2'), 'anna', ['g', 'h']);
  registry.add(session('ben'), 'ben', ['h']);
  t.same(hearing('g'), ['anna 1', 'anna 2']);
  t.same(hearing('h'), ['anna 1', 'anna 2', 'ben']);
  t.same(hearing('x'), []);
  t.equal(registry.count, 3);
});

void t.test('members get their turn one after the other, over walks that end early', async (t) => {
  const { registry, session } = scene();
  for (const userId of ['anna', 'ben', 'cleo']) registry.add(session(userId), userId, ['g']);
  const first = (): string | undefined => {
    const [userId] = registry.membersInTurn('g');
    return userId;
  };
  t.same([first(), first()], ['anna', 'ben']);
  t.same([...registry.membersInTurn('g')], ['cleo', 'anna', 'ben'], 'each once');
  registry.onParted('cleo', 'g');
  t.same([...registry.membersInTurn('g')], ['anna', 'ben']);
  t.same([...registry.membersInTurn('x')], []);
});

void t.test('joining and parting count for those who are online', async (t) => {
  const { registry, session, hearing } = scene();
  registry.onJoined('anna', 'g');
  t.same(hearing('g'), []);
  registry.add(session('anna'), 'anna', []);
  t.same(hearing('g'), [], 'what happened before is for the store to say');
  registry.onJoined('anna', 'g');
  t.same(hearing('g'), ['anna']);
  registry.onParted('anna', 'g');
  registry.onParted('anna', 'g');
  t.same(hearing('g'), []);
});

void t.test('a user is gone with the last session', async (t) => {
  const { registry, session, hearing } = scene();
  const [first, second] = [session('first'), session('second')];
  registry.add(first, 'anna', ['g']);
  registry.add(first, 'anna', ['g']);
  registry.add(second, 'anna', ['g']);
  t.equal(registry.count, 2, 'twice is once');
  registry.remove(first, 'anna');
  registry.remove(first, 'anna');
  t.equal(registry.count, 1);
  t.same(hearing('g'), ['second']);
  registry.remove(second, 'anna');
  t.equal(registry.count, 0);
  t.same(hearing('g'), []);
  t.same(registry.ofUser('anna'), []);
});

void t.test('a user has room for a bounded number of sessions', async (t) => {
  const { registry, session } = scene();
  for (let n = 0; n < MAX_SESSIONS_PER_USER; n++) {
    t.doesNotThrow(() => registry.checkRoom('anna'));
    registry.add(session(`${n}`), 'anna', []);
  }
  t.throws(() => registry.checkRoom('anna'), { code: 'LIMIT_REACHED' });
  t.doesNotThrow(() => registry.checkRoom('ben'));
});
