/** The completion scripts in the shells that they are for; a shell that is not installed is left out. */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { testFolder } from '../fixtures/test-folder.js';

const FAKE = inPackage('dist/test/main/fake-p2p.js');

/** Runs a script in which `p2p` is the program on an engine from memory; answers the lines it prints. */
function linesOf(t: Test, command: readonly string[]): string[] {
  const folder = testFolder(t, {
    bin: { p2p: `#!/bin/sh\nexec "${process.execPath}" "${FAKE}" "$@"\n` },
    here: { 'film.mkv': '', 'a file': '' },
    home: {},
  });
  chmodSync(join(folder, 'bin/p2p'), 0o755);
  const { stdout, stderr, status } = spawnSync(command[0]!, command.slice(1), {
    cwd: join(folder, 'here'),
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      HOME: join(folder, 'home'),
      P2P_HOME: join(folder, 'home'),
      LC_ALL: 'C.UTF-8',
      TERM: 'xterm',
    },
  });
  t.equal(status, 0, stderr);
  return stdout.split('\n').map((line) => line.trim());
}

/** What is typed, and what is offered: `…` stands for more of the kind. */
const cases: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [['upl'], ['upload', 'upload_file']],
  [['serve', '--peer-transport', ''], ['tls']],
  [['files', ''], ['g1']],
  [['history', 'g1', '--action', 'k'], ['kick']],
  [['history', 'g1', '--user', 'b'], ['bob']],
  [['search', 'x', '--group', ''], ['g1']],
  [['logout', '--device', 'cd34'], ['cd34'.repeat(16)]],
  [
    ['accept', 'g1', ''],
    ['0123', 'bob'],
  ],
  [
    ['download', 'g1', 'file\\ 44'],
    ['file 44', 'file 440', 'file 441'],
  ],
  // Nothing of this folder where a name belongs that nobody knows.
  [['download', 'no-such-group', 'f'], []],
  [['why', 'g1', 'fi\\ x'], []],
  [['fi'], ['files']],
  [['film'], []],
];

const shells: Readonly<Record<string, (words: readonly string[]) => string[]>> = {
  // COMP_WORDS are the words as they were typed; what is offered is quoted.
  bash: (words) => [
    ...['bash', '--norc', '--noprofile', '-c'],
    `isDefault=1; compopt() { isDefault=; }; source <(p2p completion bash); COMP_WORDS=(p2p "$@"); COMP_CWORD=$#; _p2p; eval "printf '%s\\n' \${COMPREPLY[*]}"; [[ -n "\${COMPREPLY[*]}" || -z $isDefault ]] || ls`,
    ...['bash', ...words],
  ],
  // The widgets of the line editor stand aside.
  zsh: (words) => [
    ...['zsh', '-f', '-c'],
    `compdef() {}; source <(p2p completion zsh); compadd() { shift; print -rl -- "$@" }; _files() { print -rl -- *(N) }; words=(p2p "$@"); CURRENT=\${#words}; _p2p`,
    ...['zsh', ...words],
  ],
  fish: (words) => [
    ...['fish', '--no-config', '-c'],
    `p2p completion fish | source; complete -C '${['p2p', ...words].join(' ')}'`,
  ],
};

for (const [shell, commandFor] of Object.entries(shells)) {
  if (spawnSync(shell, ['--version']).status !== 0) {
    t.comment(`left out: no ${shell} on this machine`);
    continue;
  }
  t.test(`completion in ${shell}`, (t) => {
    for (const [words, offered] of cases) {
      const lines = linesOf(t, commandFor(words));
      for (const word of offered) {
        t.ok(lines.includes(word), `${words.join(' ')}: ${word} among ${lines.join('|')}`);
      }
      t.notOk(lines.includes('film.mkv'), `${words.join(' ')}: and no file of this folder`);
    }
    const lines = linesOf(t, commandFor(['upload', 'f']));
    t.ok(lines.includes('film.mkv'), `a path where a path belongs: ${lines.join('|')}`);
    t.end();
  });
}

t.test('bash puts a name with a blank as it has to be where it is typed', (t) => {
  const repliesTo = (typed: string): string[] =>
    linesOf(t, [
      ...['bash', '--norc', '--noprofile', '-c'],
      `source <(p2p completion bash); COMP_WORDS=(p2p download g1 "$1"); COMP_CWORD=3; _p2p; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ...['bash', typed],
    ]).filter((line) => line !== '');
  t.same(repliesTo('file\\ 449'), ['file\\ 449']);
  t.same(repliesTo("'file 449"), ['file 449']);
  t.same(repliesTo('"file 449'), ['file 449']);
  t.end();
});

if (spawnSync('zsh', ['--version']).status === 0) {
  t.test('a key of a real line editor completes a name with a blank', (t) => {
    const lines = linesOf(t, [
      ...['zsh', '-f', '-c'],
      [
        'zmodload zsh/zpty; zpty line zsh -f -i',
        `zpty -w line 'autoload -Uz compinit; compinit -u -D; source <(p2p completion zsh); print RE""ADY'`,
        `zpty -r line out '*READY*'`,
        `zpty -w -n line $'p2p download g1 file\\\\ 449\\t here\\n'`,
        `zpty -r line out '*downloaded file 449 to*'; print -r -- "$out"; zpty -d line`,
      ].join('\n'),
    ]);
    t.match(lines.join('\n'), /downloaded file 449 to/);
    t.end();
  });
}
