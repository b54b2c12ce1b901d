/**
 * `npm run docs:record`: makes docs/demo.svg of a real run. Two people with new homes on a machine apart, each with a
 * shell on a terminal: one shares a file, the other one gets it. What is typed is typed into the terminals, and what
 * they show is the picture; nothing is written into it.
 */
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inPackage } from '../../../src/net/package-root.js';
import { MachineApart } from '../scenes/machine-apart.js';
import type { TypedLine } from '../scenes/typed-line.js';
import { thinned, type Frame } from './film.js';
import { terminalSvg } from './terminal-svg.js';

const PICTURE = inPackage('docs/demo.svg');
const MOST_BYTES = 60 * 1024;
const FILE_BYTES = 160 * 2 ** 20;
const LABEL =
  'Two terminals: ann shares a film and gets a link; ben gets it by that link, while ann sees how far he is.';

const ANN = { columns: 100, rows: 9 };
const BEN = { columns: 100, rows: 7 };
const KEY_MS = 45;
/** Between two things that somebody does. */
const PAUSE_MS = 700;
/** How long the end is seen. */
const HOLD_MS = 5_000;
const FRAME_MS = 125;

const folder = await mkdtemp(join(tmpdir(), 'p2p-demo-'));
const obstacle = MachineApart.obstacle(folder);
if (obstacle !== undefined) throw new Error(obstacle);
const machine = await MachineApart.open(folder, ['ann', 'ben']);
try {
  await writeFile(join(folder, 'ann', 'film.mkv'), randomFillSync(Buffer.alloc(FILE_BYTES)));
  const [ann, ben] = [await shellOf('ann', ANN), await shellOf('ben', BEN)];
  const frames: Frame[] = [];
  const startMs = performance.now();
  const look = (): void => {
    frames.push({ atMs: performance.now() - startMs, panes: [ann.window, ben.window] });
  };
  ann.onShown = look;
  ben.onShown = look;
  look();
  await delay(PAUSE_MS);
  await typeSlowly(ann, 'p2p share film.mkv --up 25MiB/s\n');
  const link = await shown(ann, /p2p:\/\/\S+#[\w-]{20}\.[\w-]{43}(?=\n)/);
  await shown(ann, /nobody has taken/);
  await delay(PAUSE_MS);
  await typeSlowly(ben, "p2p get '");
  ben.type(link);
  await delay(PAUSE_MS);
  await typeSlowly(ben, "' film.mkv\n");
  await shown(ben, /downloaded film\.mkv[^]*\nben\$/);
  await shown(ann, /ben took film\.mkv/);
  await delay(PAUSE_MS);
  look();
  const endMs = Math.ceil(frames.at(-1)!.atMs / FRAME_MS) * FRAME_MS + HOLD_MS;
  const panes = [
    { title: 'ann, at 192.0.2.10', ...ANN },
    { title: 'ben', ...BEN },
  ];
  const svg = terminalSvg({ label: LABEL, panes, frames: thinned(frames, FRAME_MS), endMs });
  requireFit(svg);
  await writeFile(PICTURE, svg);
  process.stdout.write(`${PICTURE}: ${svg.length} bytes, ${Math.round(endMs / 1000)} s\n`);
} finally {
  await machine.close();
  await rm(folder, { recursive: true, force: true });
}

/** A shell at its first prompt, on a screen with nothing else. */
async function shellOf(who: string, size: typeof ANN): Promise<TypedLine> {
  const shell = machine.run(who, 'exec bash --norc --noprofile -i', size);
  // bash has a prompt of its own for root, whatever the environment says.
  shell.type(`PS1='${who}''$ '; clear\n`);
  await shown(shell, new RegExp(`^${who}\\$$`, 'm'), 'window');
  return shell;
}

/** What matches of all that a terminal has shown, long lines as one. */
async function shown(
  typed: TypedLine,
  pattern: RegExp,
  part: 'all' | 'window' = 'all',
): Promise<string> {
  const textOf = (): string => {
    const lines = part === 'all' ? typed.lines : typed.window;
    // A line that fills the screen goes on in the next one.
    return lines.map((line) => (line.length === ANN.columns ? line : `${line}\n`)).join('');
  };
  if (!(await typed.until(() => pattern.test(textOf())))) {
    throw new Error(`${String(pattern)} is not shown, but\n${textOf()}`);
  }
  return pattern.exec(textOf())![0];
}

async function typeSlowly(typed: TypedLine, text: string): Promise<void> {
  for (const key of text) {
    typed.type(key);
    await delay(KEY_MS);
  }
}

/** @throws Error when the picture is too large, or shows where it was made */
function requireFit(svg: string): void {
  if (svg.length > MOST_BYTES) throw new Error(`the picture has ${svg.length} bytes`);
  for (const own of [hostname(), tmpdir(), inPackage('.')]) {
    if (own.length > 2 && svg.includes(own)) throw new Error(`the picture has ${own} in it`);
  }
}
