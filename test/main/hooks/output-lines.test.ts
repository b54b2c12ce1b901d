/** The output of a hook, cut into lines of a log. */
import t from 'tap';
import { OutputLines } from '../../../src/main/hooks/output-lines.js';
import { MAX_HOOK_LINE_LENGTH, MAX_HOOK_LINES } from '../../../src/net/limits.js';

function linesOf(...parts: (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line));
  for (const part of parts) output.onBytes(Buffer.from(part));
  output.onEnd();
  return lines;
}

t.test('lines are lines however they come', async (t) => {
  t.same(linesOf('a\nb', 'c\r\n', '\nd'), ['a', 'bc', '', 'd']);
  const bytes = Buffer.from('ü\n');
  t.same(linesOf(bytes.subarray(0, 1), bytes.subarray(1)), ['ü']);
  t.same(linesOf(), []);
});

t.test('there are so many, and none is longer', async (t) => {
  const long = 'x'.repeat(MAX_HOOK_LINE_LENGTH + 1);
  t.same(linesOf(long, long, '\n', 'y'), [long.slice(1), 'y']);
  const many = linesOf('z\n'.repeat(MAX_HOOK_LINES + 3), 'more\n');
  t.equal(many.length, MAX_HOOK_LINES + 1);
  t.equal(many.at(-1), '(what else it says is left out)');
});
