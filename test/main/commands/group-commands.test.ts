/** The commands about roles and bans, coming, leaving and searching: what they ask, what they print, what they refuse. */
import t, { type Test } from 'tap';
import type { CommandContext, Given } from '../../../src/main/cli/command.js';
import { engineCode } from '../../../src/main/commands/engine-commands.js';
import { openHome } from '../../../src/main/home/home.js';
import { StreamOutput } from '../../../src/main/terminal/output.js';
import { TrackerError } from '../../../src/net/errors.js';
import type { Role } from '../../../src/net/roles.js';
import { at } from '../../fixtures/incarnations.js';
import { FakeEngine } from '../fake-engine.js';
import { TextStream } from '../text-stream.js';
import { testFolder } from '../../fixtures/test-folder.js';

type Verb = 'role' | 'ban' | 'unban' | 'bans' | 'members' | 'invites' | 'join' | 'leave' | 'search';

/** Alice is in g1, as what a test says, with others. */
class LeavingEngine extends FakeEngine {
  role: Role = 'owner';
  others: Role[] = [];

  override async whoami(): ReturnType<FakeEngine['whoami']> {
    const groups = [{ groupId: 'g1', ...at(1), role: this.role }];
    return { ...(await super.whoami()), groups };
  }

  override listMembers(): ReturnType<FakeEngine['listMembers']> {
    const others = this.others.map((role, n) => ({ userId: `user-${n}`, role }));
    return Promise.resolve([{ userId: 'alice', role: this.role }, ...others]);
  }

  override joinGroup(): Promise<void> {
    return Promise.reject(new TrackerError('ALREADY_MEMBER', 'you are a member of g1'));
  }

  override leaveGroup(): ReturnType<FakeEngine['leaveGroup']> {
    this.calls.push('leaveGroup');
    return Promise.resolve({ groupEnded: false });
  }
}

/** Nobody can be asked without an answer. */
async function scene(t: Test, answer?: boolean, { isJson = false } = {}) {
  const home = await openHome({ P2P_HOME: testFolder(t, {}) });
  const listen = { host: '127.0.0.1', port: 0 };
  const engine = new LeavingEngine({ home, listen, remember: true });
  await engine.login({ userId: 'alice', password: 'pw' });
  const stdout = new TextStream();
  const stderr = new TextStream();
  const out = new StreamOutput({ stdout, stderr, isJson });
  const asked: string[] = [];
  const confirm = (question: string): Promise<boolean> => {
    asked.push(question);
    return Promise.resolve(answer === true);
  };
  const context: CommandContext = {
    ...{ engine, out, signal: new AbortController().signal },
    ...{ isEngineStaying: false, isEngineHere: true },
    ...(answer === undefined ? {} : { confirm }),
  };
  const run = async (verb: Verb, args: Given['args'], options: Given['options'] = {}) => {
    await (await engineCode[verb]()).run(context, { args, options });
    out.settle();
    return stdout.text;
  };
  return { engine, run, asked, stdout, stderr };
}

const bob = { group: 'g1', user: 'bob' };

t.test('a role is given, or refused if it is none', async (t) => {
  const { engine, run } = await scene(t);
  t.equal(await run('role', { ...bob, role: 'admin' }), 'bob is admin of g1 now\n');
  t.same(engine.calls, ['setRole g1 bob admin']);
  for (const role of ['king', 'Owner', 'toString']) {
    await t.rejects(run('role', { ...bob, role }), {
      code: 'BAD_ARGUMENT',
      message: /is no role; there are owner, admin, member, reader$/,
    });
  }
  const already = await scene(t);
  const said = await already.run('role', { group: 'g1', user: 'alice', role: 'owner' });
  t.equal(said, 'alice is owner of g1 already\n');
});

t.test('bans are made, listed and lifted', async (t) => {
  const { run, stderr } = await scene(t);
  t.match(await run('ban', { ...bob, group: 'g2' }), /^bob is banned from g2, and so are new acc/);
  t.match(stderr.text, /the 2 links into g2 ended too, because bob may have kept one/);
  const second = await scene(t);
  t.equal(await second.run('unban', bob), 'bob may join g1 again\n');
  const third = await scene(t);
  t.match(await third.run('bans', { group: 'g1' }), /^mallory\t1970-01-02T\S+\talice\n$/);
});

t.test('roles are shown to people and programs; rows in a pipe keep their form', async (t) => {
  const { engine, run } = await scene(t);
  engine.others = ['reader'];
  t.equal(await run('members', { group: 'g1' }), 'alice\nuser-0\n', 'a pipe has the names alone');
  const second = await scene(t);
  t.match(await second.run('invites', { group: 'g1' }), /^ab12ab12ab12\t5\t2\t\S+\talice\n$/);
  const third = await scene(t, undefined, { isJson: true });
  t.match(JSON.parse(await third.run('invites', { group: 'g1' })), {
    groupId: 'g1',
    invites: [{ role: 'reader' }],
  });
});

t.test('a search says whether there is more, to programs too', async (t) => {
  for (const [word, isComplete] of [
    ['film', true],
    ['e', false],
  ] as const) {
    const { run } = await scene(t, undefined, { isJson: true });
    const found: unknown = JSON.parse(await run('search', { word }));
    t.match(found, { files: [{ fileName: 'film.mkv' }, { fileName: 'films' }], isComplete });
    const piped = await (await scene(t)).run('search', { word });
    t.equal(piped.split('\n')[0]!.split('\t').slice(0, 2).join(), 'g1,film.mkv');
  }
});

t.test('who was let in while nobody waited is told so by --wait', async (t) => {
  const { run, stderr } = await scene(t);
  const waited = await run('join', { group: 'g1' }, { wait: true });
  t.equal(waited, 'you are a member of g1 now\n');
  t.equal(stderr.text, '', 'nothing was asked');
  await t.rejects(run('join', { group: 'g1' }), { code: 'ALREADY_MEMBER' });
});

t.test('whoever leaves is asked when the group ends or changes hands by it', async (t) => {
  const cases: [role: Role, others: Role[], question: RegExp | undefined][] = [
    ['owner', [], /^nobody else is in g1: it ends, with what is shared in it\. Leave it\?$/],
    ['owner', ['admin', 'reader'], /^nobody else owns g1: whoever is in it longest will/],
    ['owner', ['owner'], undefined],
    ['admin', ['owner'], undefined],
    ['member', ['owner'], undefined],
  ];
  for (const [role, others, question] of cases) {
    const what = `${role} of ${others.join(', ')}`;
    for (const answer of [true, false]) {
      const { engine, run, asked } = await scene(t, answer);
      Object.assign(engine, { role, others });
      const left = run('leave', { group: 'g1' });
      if (question && !answer) await t.rejects(left, { code: 'CANCELLED' }, what);
      else t.equal(await left, 'left g1\n', what);
      t.equal(asked.length, question ? 1 : 0, what);
      if (question) t.match(asked[0], question);
      t.equal(engine.calls.includes('leaveGroup'), question === undefined || answer, what);
    }
  }
});

t.test('nobody is asked with --yes, nor where nobody could answer', async (t) => {
  const sure = await scene(t, false);
  t.equal(await sure.run('leave', { group: 'g1' }, { yes: true }), 'left g1\n');
  t.same(sure.asked, []);
  const script = await scene(t);
  t.equal(await script.run('leave', { group: 'g1' }), 'left g1\n', 'a script goes on as before');
});
