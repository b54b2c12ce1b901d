/** The words of a hook: cut by plain rules, never read by a shell, and the same again from a file. */
import t from 'tap';
import { hookText, hookWords, hookWordsOfFile } from '../../../src/main/settings/hook-words.js';
import { MAX_HOOK_BYTES } from '../../../src/net/limits.js';

t.test('a text is cut into words, and nothing in it means more', async (t) => {
  t.same(hookWords('mv -t "/srv/my films"'), ['mv', '-t', '/srv/my films']);
  t.same(hookWords("notify '$(id)' `id` a;b $HOME *"), [
    ...['notify', '$(id)', '`id`', 'a;b', '$HOME', '*'],
  ]);
  for (const none of ['', '  \t ']) t.equal(hookWords(none), undefined);
});

t.test('what is no command is refused', async (t) => {
  for (const text of ["it's", '""', '"" a', 'a\\', 'a\0b', 'a '.repeat(MAX_HOOK_BYTES)])
    t.throws(() => hookWords(text), { code: 'BAD_ARGUMENT' });
});

t.test('in a file a program has no relative path', async (t) => {
  for (const text of ['./run', 'bin/run x', '../run', "'.\\run'"])
    t.throws(() => hookWordsOfFile(text), /is relative/);
  t.same(hookWordsOfFile('/bin/true'), ['/bin/true']);
  t.same(hookWordsOfFile('notify-send a/b'), ['notify-send', 'a/b']);
  t.equal(hookWordsOfFile(''), undefined);
});

t.test('a list of words is kept as a text that gives them back', async (t) => {
  for (const words of [
    ['a'],
    ['a b', "it's", '', '$x', '"q"', '\\'],
    ['sh', '-c', 'echo "$0"; id'],
  ])
    t.same(hookWords(hookText(words)), words);
});
