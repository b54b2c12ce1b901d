/** Runs the lines of a page in its scene, each section of it as a subtest. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { readDoc } from './read-doc.js';
import { docLines, type DocLine } from './scenes/doc-lines.js';
import { MachineApart } from './scenes/machine-apart.js';
import { ScenePlayer } from './scenes/scene-player.js';
import type { Section } from './scenes/scene.js';
import { scenes } from './scenes/scenes.js';

const PASSWORD = { P2P_PASSWORD: 'a password of everybody', P2P_NEW_PASSWORD: 'a newer password' };

/** Plays a page; where there are no namespaces it is skipped, with the reason. */
export function playPage(t: Test, path: string): void {
  const { sections, leftOut = {} } = scenes[path]!;
  const lines = docLines(readDoc(path)).filter(({ command }) => !(command in leftOut));
  const skip = MachineApart.obstacle(testFolder(t)) ?? false;
  for (const [section, own] of bySection(sections, lines)) {
    const title = section.from === '' ? `${path}, from the top` : `${path}, ${section.from}`;
    if (own.length > 0) t.test(title, { skip }, (t) => playSection(t, path, section, own));
  }
}

async function playSection(
  t: Test,
  path: string,
  section: Section,
  lines: readonly DocLine[],
): Promise<void> {
  const { who, people, files = {}, env = PASSWORD, elsewhere = {}, before = {} } = section;
  const folder = testFolder(t);
  const machine = await MachineApart.open(folder, people);
  t.teardown(() => machine.close());
  for (const [name, size] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) await writeFile(path, sampleBytes(size, name));
  }
  const player = new ScenePlayer(machine, { who, env, elsewhere });
  const all = lines.flatMap((line, index) => [
    ...(index === 0 ? asLines(before[''] ?? []) : []),
    ...asLines(before[line.command] ?? []),
    line,
  ]);
  for (const [index, line] of all.entries()) {
    const flaw = await player.type(line, all[index + 1]);
    const where = line.number === 0 ? 'before it' : `${path}:${line.number}`;
    t.equal(flaw, undefined, `${where}: ${line.command}`);
    // What comes after it would fail as well.
    if (flaw !== undefined) return;
  }
}

function bySection(sections: readonly Section[], lines: readonly DocLine[]) {
  const found = new Map<Section, DocLine[]>(sections.map((section) => [section, []]));
  let now = sections[0]!;
  for (const line of lines) {
    now = sections.find(({ from }) => from === line.heading) ?? now;
    found.get(now)!.push(line);
  }
  return found;
}

/** Lines that are typed as those of a page, and that no page has. */
function asLines(typed: readonly string[]): DocLine[] {
  const page = ['```console', ...typed, '```'].join('\n');
  return docLines(page).map((line) => ({ ...line, number: 0 }));
}
