import t from 'tap';
import { TrackerError } from '../../src/net/errors.js';
import { MAX_PENDING_TURNS_PER_USER } from '../../src/net/limits.js';
import {
  deviceOf,
  inTurn,
  inUserTurn,
  orRefusal,
  userOf,
  type Turn,
} from '../../src/tracker/context.js';
import type { Effect } from '../../src/tracker/effects.js';
import { inMemberTurn } from '../../src/tracker/member-turn.js';
import type { Session } from '../../src/tracker/sessions/session.js';
import type { StoreTransaction, StoreWork } from '../../src/tracker/store/store.js';
import { TurnQueue } from '../../src/tracker/turn-queue.js';
import { deviceId, openScene } from './tracker-scene.js';
import { at } from '../fixtures/incarnations.js';

const cat = { groupId: 'g', fileId: 'cat' };
const ben = { groupId: 'g', userId: 'ben', ...at(1) };

void t.test('what a turn emits is applied after its commit and before the next turn', async (t) => {
  const scene = await openScene(t);
  const { session } = scene.connect('pc');
  const order: string[] = [];
  const context = {
    ...scene.context,
    effects: {
      apply: (effects: readonly Effect[], origin?: Session) => {
        t.equal(origin, session);
        order.push(...effects.map((effect) => effect.type));
      },
    },
  };
  const turn = (name: string, ...effects: Effect[]) => {
    const work = async ({ tx, emit }: Turn) => {
      order.push(`${name} begins`);
      for (const effect of effects) emit(effect);
      await tx.addUser(name, 'hash', 1);
      order.push(`${name} ends`);
    };
    return inTurn(context, work, session);
  };
  const first = turn(
    'first',
    { type: 'content-gone', ...cat },
    { type: 'request-rejected', ...ben },
  );
  await Promise.all([first, turn('second', { type: 'member-joined', role: 'member', ...ben })]);
  t.same(order, [
    'first begins',
    'first ends',
    'content-gone',
    'request-rejected',
    'second begins',
    'second ends',
    'member-joined',
  ]);
});

void t.test('nothing follows a turn that failed, and the next one is not harmed', async (t) => {
  const scene = await openScene(t);
  const failing = inTurn(scene.context, async ({ tx, emit }) => {
    emit({ type: 'content-gone', ...cat });
    await tx.addUser('anna', 'hash', 1);
    throw new Error('changed my mind');
  });
  const next = inTurn(scene.context, ({ tx }) => tx.findPasswordHash('anna'));
  await t.rejects(failing, { message: 'changed my mind' });
  t.equal(await next, undefined);
  t.same(scene.takeEffects(), []);
});

void t.test('a user has so many turns waiting, on all connections together', async (t) => {
  const scene = await openScene(t);
  const [first, second] = [await scene.enter('anna'), await scene.enter('anna', 'phone')];
  const other = await scene.enter('ben');
  const turn = ({ session }: typeof first) =>
    inTurn(scene.context, ({ tx }) => tx.findGroup('g'), session);
  const all = Array.from({ length: MAX_PENDING_TURNS_PER_USER }, () => turn(first));
  await t.rejects(turn(second), { code: 'BUSY' });
  t.equal(await turn(other), undefined, 'another user does not feel it');
  await Promise.all(all);
  t.equal(await turn(second), undefined);
});

void t.test('a user’s turn needs a login when it begins', async (t) => {
  const scene = await openScene(t);
  const { context } = scene;
  const anna = await scene.enter('anna');
  const { session } = anna;
  t.equal(await inUserTurn({ context, session }, async ({ userId }) => userId), 'anna');
  const leaving = scene.call(anna, 'logout', {});
  const late = inUserTurn({ context, session }, async () => t.fail('nobody is logged in'));
  await leaving;
  await t.rejects(late, { code: 'NOT_LOGGED_IN' });
});

void t.test('a member’s turn needs the group and the membership', async (t) => {
  const scene = await openScene(t);
  const { context } = scene;
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna);
  const groupOf = ({ session }: typeof anna, groupId: string) =>
    inMemberTurn({ context, session }, groupId, async ({ group }) => group);
  t.same(await groupOf(anna, 'g'), { groupId: 'g', ...at(1) });
  await t.rejects(groupOf(ben, 'g'), { code: 'NOT_A_MEMBER' });
  await t.rejects(groupOf(anna, 'x'), { code: 'NO_SUCH_GROUP' });
});

void t.test('user and device of a session, or why there is none', async (t) => {
  const scene = await openScene(t);
  const { session } = await scene.enter('anna', 'pc');
  t.equal(userOf(session), 'anna');
  t.equal(deviceOf(session), deviceId('pc'));
  const nobody = scene.connect(undefined).session;
  t.throws(() => userOf(nobody), { code: 'NOT_LOGGED_IN' });
  t.throws(() => deviceOf(nobody), { code: 'NO_DEVICE' });
});

void t.test('a refusal becomes the answer for one item; a fault does not', async (t) => {
  t.equal(await orRefusal(async () => 7), 7);
  const refused = orRefusal(async () => {
    throw new TrackerError('NAME_TAKEN', 'taken');
  });
  t.same(await refused, { code: 'NAME_TAKEN', message: 'taken' });
  const broken = orRefusal(async () => {
    throw new TypeError('a bug');
  });
  await t.rejects(broken, TypeError);
});

async function* eachTwice(works: AsyncIterable<StoreWork<unknown>>) {
  for await (const work of works) {
    yield async (tx: StoreTransaction) => {
      await work(tx);
      return work(tx);
    };
  }
}

void t.test('of a turn that is carried out twice only the second time counts', async (t) => {
  const scene = await openScene(t);
  const { store } = scene.context;
  const twice = new TurnQueue<StoreTransaction>({
    commit: (changes) => store.transactions(eachTwice(changes)),
    steadyMs: () => 0,
  });
  const emitted: string[] = [];
  const effects = {
    apply: (all: readonly Effect[]) => emitted.push(...all.map(({ type }) => type)),
  };
  const context = { ...scene.context, turns: twice, effects };
  await inTurn(context, async ({ tx, emit }) => {
    await tx.addUser('anna', 'hash', 1);
    emit({ type: 'content-gone', ...cat });
  });
  t.same(emitted, ['content-gone']);
});
