/** Who is told that the list of a group's files has changed. */
import t from 'tap';
import {
  FILES_CHANGED_PUSH_DELAY_MS,
  FOLLOWERS_TOLD_AT_ONCE,
  MAX_FOLLOWED_PER_SESSION,
} from '../../../src/net/limits.js';
import { FollowedFiles, type Follower } from '../../../src/tracker/presence/followed-files.js';

class Clock {
  due: (() => void) | undefined;
  waitMs: number | undefined;
  readonly delay = (work: () => void, waitMs: number): (() => void) => {
    this.due = work;
    this.waitMs = waitMs;
    return () => (this.due = undefined);
  };
  /** True when something was due. */
  run(): boolean {
    const work = this.due;
    this.due = undefined;
    work?.();
    return work !== undefined;
  }
}

function follower(): Follower & { readonly told: string[] } {
  const told: string[] = [];
  return { told, tell: ({ params }) => void told.push(params.groupId) };
}

t.test('changes are gathered, and told to those who follow', (t) => {
  const clock = new Clock();
  const followed = new FollowedFiles(clock.delay);
  const [ann, ben] = [follower(), follower()];
  followed.onChanged('g');
  t.notOk(clock.run(), 'nobody follows');
  followed.add(ann, 'g');
  followed.add(ann, 'h');
  followed.add(ben, 'g');
  for (const groupId of ['g', 'g', 'h']) followed.onChanged(groupId);
  t.ok(clock.run());
  t.same([ann.told, ben.told], [['g', 'h'], ['g']]);
  followed.removeAll(ann, 'g');
  followed.remove(ben, 'g');
  followed.remove(ben, 'g');
  followed.onChanged('g');
  followed.onChanged('h');
  clock.run();
  t.same([ann.told, ben.told], [['g', 'h', 'h'], ['g']]);
  followed.onChanged('h');
  followed.removeAll(ann);
  clock.run();
  t.equal(ann.told.length, 3, 'who has ended it meanwhile is not told');
  followed.add(ann, 'g');
  followed.onChanged('g');
  followed.close();
  t.notOk(clock.run());
  t.end();
});

t.test('so many are told at a time, and a session follows so many', (t) => {
  const clock = new Clock();
  const followed = new FollowedFiles(clock.delay);
  const all = Array.from({ length: FOLLOWERS_TOLD_AT_ONCE + 1 }, follower);
  for (const one of all) followed.add(one, 'g');
  followed.onChanged('g');
  const told = (): number => all.filter((one) => one.told.length > 0).length;
  clock.run();
  t.equal(told(), FOLLOWERS_TOLD_AT_ONCE);
  clock.run();
  t.equal(told(), all.length);
  t.notOk(clock.run());
  for (let count = 1; count < MAX_FOLLOWED_PER_SESSION; count++) followed.add(all[0]!, `${count}`);
  followed.add(all[0]!, 'g');
  t.throws(() => followed.add(all[0]!, 'one more'), { code: 'LIMIT_REACHED' });
  t.end();
});

t.test('changes that go on while followers are told wait until all are', (t) => {
  const clock = new Clock();
  const followed = new FollowedFiles(clock.delay);
  const all = Array.from({ length: 3 * FOLLOWERS_TOLD_AT_ONCE }, follower);
  for (const one of all) followed.add(one, 'g');
  const told = (): number => all.reduce((sum, one) => sum + one.told.length, 0);
  followed.onChanged('g');
  for (let round = 1; round <= 3; round++) {
    for (let step = 0; step < 3; step++) {
      clock.run();
      followed.onChanged('g');
    }
    t.equal(told(), round * all.length, 'each once in a round');
    t.equal(clock.waitMs, FILES_CHANGED_PUSH_DELAY_MS, 'and the next round is gathered');
  }
  while (clock.run());
  t.equal(told(), 4 * all.length, 'once more, however often it has changed');
  t.end();
});
