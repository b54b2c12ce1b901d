/** Where passwords come from, and that they are shown nowhere. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { readSecrets, type PasswordRequest } from '../../../src/main/terminal/password-input.js';
import type { Environment } from '../../../src/main/terminal/environment.js';
import { CancelledError, StorageError, UsageError } from '../../../src/net/errors.js';
import { TextStream } from '../text-stream.js';
import { testFolder } from '../../fixtures/test-folder.js';

const request: PasswordRequest = {
  title: 'password of bob',
  isNew: false,
  variable: 'P2P_PASSWORD',
};
const change: readonly PasswordRequest[] = [
  { title: 'present password', isNew: false, variable: 'P2P_PASSWORD' },
  { title: 'new password', isNew: true, variable: 'P2P_NEW_PASSWORD' },
];

/** One password. */
async function readPassword(
  { fromStdin = false, ...one }: PasswordRequest & { fromStdin?: boolean },
  environment: Environment,
): Promise<string> {
  const [password] = await readPasswords([one], fromStdin, environment);
  return password!;
}

async function readPasswords(
  requests: readonly PasswordRequest[],
  isFromStdin: boolean,
  environment: Environment,
  signal = new AbortController().signal,
): Promise<readonly string[]> {
  const fromStdin = { passwords: isFromStdin, invite: false };
  return (await readSecrets(requests, fromStdin, environment, signal)).passwords;
}

function surroundings(env: Record<string, string> = {}, isTTY = false) {
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (isRaw: boolean) => rawModes.push(isRaw),
  });
  const stdout = new TextStream();
  const stderr = new TextStream();
  return { environment: { stdin, stdout, stderr, env, cwd: '/' }, stdin, stderr, rawModes };
}

t.test('--password-stdin reads the first line and comes before the environment', async (t) => {
  const { environment, stdin } = surroundings({ P2P_PASSWORD: 'other' });
  stdin.write('se');
  stdin.write('cret ü\r\nrest');
  t.equal(await readPassword({ ...request, fromStdin: true }, environment), 'secret ü');
});

t.test('the environment and the file it names are next', async (t) => {
  const path = join(testFolder(t, {}), 'pw');
  writeFileSync(path, 'from file\n');
  const env = { P2P_PASSWORD: 'from env', P2P_PASSWORD_FILE: path };
  t.equal(await readPassword(request, surroundings(env).environment), 'from env');
  const fileOnly = surroundings({ P2P_PASSWORD_FILE: path }).environment;
  t.equal(await readPassword(request, fileOnly), 'from file');
  const missing = surroundings({ P2P_PASSWORD_FILE: `${path}x` }).environment;
  await t.rejects(readPassword(request, missing), StorageError);
  const endless = surroundings({ P2P_PASSWORD_FILE: '/dev/zero' }).environment;
  await t.rejects(readPassword(request, endless), /too long/);
});

t.test('without terminal and password there is advice', async (t) => {
  const { environment } = surroundings();
  await t.rejects(readPassword(request, environment), /--password-stdin, P2P_PASSWORD/);
});

t.test('an empty or endless password is refused', async (t) => {
  const empty = surroundings({ P2P_PASSWORD: '' }).environment;
  await t.rejects(readPassword(request, empty), UsageError);
  const { environment, stdin } = surroundings();
  stdin.end('x'.repeat(100_000));
  await t.rejects(readPassword({ ...request, fromStdin: true }, environment), UsageError);
});

t.test('the prompt shows nothing that is typed and knows the keys', async (t) => {
  const { environment, stdin, stderr, rawModes } = surroundings({}, true);
  stdin.write('wrong\u0015sexx\u007f\u007fcret\r');
  t.equal(await readPassword(request, environment), 'secret');
  t.equal(stderr.text, 'password of bob: \n');
  t.same(rawModes, [true, false]);
});

t.test('a new password is asked for twice', async (t) => {
  for (const [again, outcome] of [
    ['abc', 'abc'],
    ['abd', 'differ'],
  ] as const) {
    const { environment, stdin, stderr } = surroundings({}, true);
    stderr.onText = (text) => {
      if (text === 'password of bob: ') setImmediate(() => stdin.write('abc\r'));
      if (text === 'the same password again: ') setImmediate(() => stdin.write(`${again}\r`));
    };
    const asked = readPassword({ ...request, isNew: true }, environment);
    if (outcome === 'differ') await t.rejects(asked, /differ/);
    else t.equal(await asked, outcome);
  }
});

t.test('Ctrl-C at the prompt is an interruption', async (t) => {
  const { environment, stdin, rawModes } = surroundings({}, true);
  stdin.write('abc\u0003');
  await t.rejects(readPassword(request, environment), CancelledError);
  t.same(rawModes, [true, false]);
});

t.test('a command that is to end leaves the prompt, and the terminal as it was', async (t) => {
  const { environment, stdin, rawModes } = surroundings({}, true);
  const stop = new AbortController();
  const asked = readPasswords([request], false, environment, stop.signal);
  stop.abort(new CancelledError('terminated', 'TERMINATED'));
  await t.rejects(asked, { code: 'TERMINATED' });
  t.same(rawModes, [true, false]);
  t.ok(stdin.isPaused());
  t.same([stdin.listenerCount('data'), stdin.listenerCount('end')], [0, 0]);
});

t.test('a command that is to end waits for no line of its standard input', async (t) => {
  const { environment, stdin } = surroundings();
  const stop = new AbortController();
  const asked = readPasswords([request], true, environment, stop.signal);
  stdin.write('half a li');
  stop.abort(new CancelledError('terminated', 'TERMINATED'));
  await t.rejects(asked, { code: 'TERMINATED' });
  t.ok(stdin.destroyed, 'nothing keeps the process');
});

t.test('two passwords are two lines, two variables, or three prompts', async (t) => {
  for (const text of ['old one\nnew one\nrest', 'old one\r\nnew one']) {
    const { environment, stdin } = surroundings({ P2P_PASSWORD: 'other' });
    stdin.end(text);
    t.same(await readPasswords(change, true, environment), ['old one', 'new one']);
  }
  const short = surroundings();
  short.stdin.end('old one\n');
  await t.rejects(readPasswords(change, true, short.environment), UsageError);
  const env = { P2P_PASSWORD: 'old', P2P_NEW_PASSWORD: 'new' };
  t.same(await readPasswords(change, false, surroundings(env).environment), ['old', 'new']);
  const half = surroundings({ P2P_PASSWORD: 'old' }).environment;
  await t.rejects(readPasswords(change, false, half), /P2P_NEW_PASSWORD_FILE/);
  const { environment, stdin, stderr } = surroundings({}, true);
  stderr.onText = (text) => {
    if (text.endsWith(': '))
      setImmediate(() => stdin.write(text.startsWith('pres') ? 'o\r' : 'n\r'));
  };
  t.same(await readPasswords(change, false, environment), ['o', 'n']);
  t.notMatch(stderr.text, /[on]\r/, 'nothing typed is shown');
});

t.test('an invite is a line behind the password, or a variable', async (t) => {
  const env = { P2P_PASSWORD: 'secret', P2P_INVITE: 'from env' };
  const cases: [
    passwords: boolean,
    invite: boolean,
    input: string,
    found: (string | undefined)[],
  ][] = [
    [true, true, 'typed\ncode\nrest', ['typed', 'code']],
    [false, true, 'code\n', ['secret', 'code']],
    [true, false, 'typed\ncode\n', ['typed', 'from env']],
    [false, false, '', ['secret', 'from env']],
    [true, true, 'typed\n', ['typed', '']],
  ];
  const { signal } = new AbortController();
  for (const [passwords, invite, input, found] of cases) {
    const { environment, stdin } = surroundings(env);
    stdin.end(input);
    const secrets = await readSecrets([request], { passwords, invite }, environment, signal);
    t.same([...secrets.passwords, secrets.invite], found, JSON.stringify([passwords, invite]));
  }
});

const composed = 'p\u00e4ssw\u00f6rd';
const forms: readonly [name: string, text: string, password: string][] = [
  ['plain', 'secret', 'secret'],
  ['composed', composed, composed],
  ['not composed', composed.normalize('NFD'), composed],
  ['with a line end', 'secret\n', 'secret'],
  ['with a line end of Windows', 'secret\r\n', 'secret'],
  ['with a second line', 'secret\nmade in January\n', 'secret'],
  ['with a byte order mark', '\ufeffsecret\n', 'secret'],
  ['with blanks at both ends', '  secret ', '  secret '],
];
for (const [name, text, password] of forms) {
  t.test(`a password ${name} is the same whichever way it comes`, async (t) => {
    const path = `${testFolder(t, { p: text })}/p`;
    const fromFile = surroundings({ P2P_PASSWORD_FILE: path }).environment;
    t.equal(await readPassword(request, fromFile), password, 'file');
    const fromEnvironment = surroundings({ P2P_PASSWORD: text }).environment;
    t.equal(await readPassword(request, fromEnvironment), password, 'environment');
    const piped = surroundings();
    piped.stdin.end(text);
    t.equal(
      await readPassword({ ...request, fromStdin: true }, piped.environment),
      password,
      'pipe',
    );
    const typed = surroundings({}, true);
    typed.stdin.write(`${text.split('\n')[0]!.replace(/\r$/, '')}\r`);
    t.equal(await readPassword(request, typed.environment), password, 'prompt');
  });
}
