/** Lines that are drawn again in place, on a screen that is emulated as far as they use it. */
import { WriteStream } from 'node:tty';
import t from 'tap';
import { LiveLines } from '../../../src/main/terminal/live-lines.js';
import { TextStream } from '../text-stream.js';

/** A terminal of 80 × 6 that understands what is written; what is cleared as a whole screen, it keeps as tmux does. */
class Screen extends TextStream {
  readonly rows = 6;
  readonly lines: string[] = [''];
  #row = 0;
  isCursorShown = true;
  readonly kept: string[] = [];

  constructor() {
    super(true);
    this.onText = (text) => this.#take(text);
  }

  #take(text: string): void {
    for (const [token, count, kind] of text.matchAll(
      /\u001b\[\??(\d*)([A-Zhl])|[\n\r]|[^\u001b\n\r]+/g,
    )) {
      if (token === '\n') this.lines[++this.#row] ??= '';
      else if (token === '\r') continue;
      else if (kind === 'A') this.#row -= Number(count === '' ? 1 : count);
      else if (kind === 'B') this.#row = Math.min(this.#row + 1, this.rows - 1);
      else if (kind === 'K') this.lines[this.#row] = '';
      else if (kind === 'J') {
        if (this.#row === 0) this.kept.push(...this.lines);
        this.lines.splice(this.#row, Infinity, '');
      } else if (kind === 'h' || kind === 'l') this.isCursorShown = kind === 'h';
      else this.lines[this.#row] += token;
    }
  }
}

t.test('what was drawn is drawn over, also by fewer lines, and what came last stays', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.update(['one', 'two', 'three']);
  t.same(screen.lines, ['one', 'two', 'three', '']);
  t.notOk(screen.isCursorShown);
  live.update(['uno']);
  live.update(['eins', 'zwei']);
  live.stop();
  t.same(screen.lines, ['eins', 'zwei', '']);
  t.ok(screen.isCursorShown);
  live.stop();
  live.update(['after']);
  live.stop();
  t.same(screen.lines, ['eins', 'zwei', 'after', '']);
});

t.test('no more is drawn than the screen holds, and no wider', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.update(Array.from({ length: 9 }, (_, index) => `${index}`));
  live.update(Array.from({ length: 9 }, (_, index) => `${index}`.repeat(200)));
  live.stop();
  t.same(
    screen.lines.map((line) => line.slice(0, 12)),
    ['0'.repeat(12), '1'.repeat(12), '2'.repeat(12), '3'.repeat(12), '… and 5 more', ''],
  );
  t.ok(screen.lines.every((line) => line.length <= 80));
});

t.test('what is said meanwhile stands above', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.above(() => screen.write('first\n'));
  live.update(['one', 'two']);
  live.above(() => screen.write('said\n'));
  live.update(['one', 'three']);
  live.stop();
  live.above(() => screen.write('last\n'));
  t.same(screen.lines, ['first', 'said', 'one', 'three', 'last', '']);
});

t.test('what stands at the top of the screen is taken away line by line', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.update(['one', 'two']);
  live.update(['uno', 'due']);
  live.above(() => screen.write(''));
  live.update(['eins']);
  live.clear();
  t.same(screen.lines.join(''), '');
  t.same(screen.kept, [], 'nobody who scrolls back meets it');
  live.update(['done']);
  live.stop();
  t.same(screen.lines, ['done', '']);
});

t.test('what is the same is not drawn again', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.update(['one']);
  const { text } = screen;
  live.update(['one']);
  t.equal(screen.text, text);
  live.stop();
});

t.test('a terminal that has become narrower has broken the lines', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.update(['x'.repeat(50), '']);
  screen.columns = 20;
  screen.text = '';
  live.update(['one']);
  t.match(screen.text, /^\u001b\[4A/, 'three lines, and an empty one');
  live.stop();
});

t.test('a new size is asked for before anything is drawn, and not heard of after it', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => true);
  live.update(['x'.repeat(50)]);
  Object.assign(screen, { _refreshSize: () => (screen.columns = 20) });
  screen.text = '';
  live.update(['y'.repeat(50)]);
  t.match(screen.text, /^\u001b\[3A\r\u001b\[2Ky{20}\n/);
  screen.text = '';
  Object.assign(screen, { _refreshSize: () => (screen.columns = 10) });
  live.above(() => screen.write('said\n'));
  t.match(screen.text, /^\u001b\[2A/);
  screen.text = '';
  Object.assign(screen, { _refreshSize: () => (screen.columns = 5) });
  live.clear();
  t.match(screen.text, /^\u001b\[4A/);
});

t.test('a terminal of Node can be asked for its size', async (t) => {
  t.type((WriteStream.prototype as { _refreshSize?: unknown })._refreshSize, 'function');
});

t.test('nothing is drawn while somebody else has the terminal', async (t) => {
  const screen = new Screen();
  const live = new LiveLines(screen, () => false);
  live.update(['one']);
  live.stop();
  t.equal(screen.text, '');
});
