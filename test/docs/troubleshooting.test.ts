/** What the troubleshooting page says that p2p prints stands in the program. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { readDoc } from './read-doc.js';

/** Shorter ones would be found anywhere. */
const LEAST_CHARACTERS = 6;

function sourceText(): string {
  const folder = inPackage('src');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const texts = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  return texts.join('\n');
}

t.test('what it prints is what the program can print', (t) => {
  const source = sourceText();
  const quoted = readDoc('docs/troubleshooting.md')
    .split('\n')
    .map((line) => line.split('|')[1] ?? '')
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
  t.ok(quoted.length > 20, `${quoted.length} are quoted`);
  for (const text of quoted) {
    const parts = text.split('…').map((part) => part.trim());
    const long = parts.filter((part) => part.length >= LEAST_CHARACTERS);
    t.ok(long.length > 0, `${text} has something to look for`);
    for (const part of long) {
      // A command is printed by whoever types it.
      if (!part.startsWith('p2p ')) t.ok(source.includes(part), `"${part}" is printed`);
    }
  }
  t.end();
});
