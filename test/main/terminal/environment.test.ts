/** Which terminals may be drawn over. */
import { PassThrough } from 'node:stream';
import t from 'tap';
import { canRedraw, isAnyTerminal, isAttendedAt } from '../../../src/main/terminal/environment.js';
import { TextStream } from '../text-stream.js';

const both = { stdout: true, stderr: true };

const table: readonly [
  name: string,
  ttys: { stdout: boolean; stderr: boolean },
  env: Record<string, string>,
  answer: boolean,
][] = [
  ['a terminal', both, { TERM: 'xterm-256color' }, true],
  ['a terminal without a name', both, {}, true],
  ['one that understands nothing', both, { TERM: 'dumb' }, false],
  ['one of a build server', both, { TERM: 'xterm', CI: '1' }, false],
  ['the same, by another word', both, { CI: 'true' }, false],
  ['what says that it is none', both, { CI: 'false' }, true],
  ['what says so by 0', both, { CI: '0' }, true],
  ['what says nothing', both, { CI: '' }, true],
  ['a pipe for the result', { stdout: false, stderr: true }, {}, false],
  ['a file for the remarks', { stdout: true, stderr: false }, {}, false],
];

for (const [name, ttys, env, answer] of table) {
  t.test(`${name}: ${answer ? 'may' : 'may not'} be drawn over`, (t) => {
    const stdout = new TextStream(ttys.stdout);
    const stderr = new TextStream(ttys.stderr);
    const environment = { stdin: new PassThrough(), stdout, stderr, env, cwd: '/' };
    t.equal(canRedraw(environment), answer);
    t.equal(isAnyTerminal(environment), ttys.stdout || ttys.stderr);
    const isBuildServer = ['1', 'true'].includes(env['CI'] ?? '');
    t.equal(isAttendedAt(environment), !isBuildServer, 'somebody sits there');
    t.notOk(isAttendedAt({ ...environment, asksNobody: true }), 'or says that nobody does');
    t.end();
  });
}
