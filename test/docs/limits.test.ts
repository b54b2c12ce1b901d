/** docs/limits.md lists every constant of src/net/limits.ts with its value, and no other. */
import t from 'tap';
import * as limits from '../../src/net/limits.js';
import { readDoc, rowsByCode } from './read-doc.js';

const UNITS = ['KiB', 'MiB', 'GiB'];
const factors: Readonly<Record<string, number>> = {
  KiB: limits.KiB,
  MiB: limits.MiB,
  GiB: limits.GiB,
  s: 1_000,
  min: 60_000,
  days: 24 * 3_600_000,
};
const rows = rowsByCode(readDoc('docs/limits.md'));
const named = Object.entries(limits).filter(([name]) => !UNITS.includes(name));

/** `4 MiB` as 4,194,304; units that only name what is counted change nothing. */
function valueOf(text: string): number {
  const [number = '', unit = ''] = text.split(' ');
  return Number(number) * (factors[unit] ?? 1);
}

t.test('every constant has a row with its value and a reason', (t) => {
  for (const [name, value] of named) {
    const [shown = '', reason = ''] = rows.get(name) ?? [];
    t.equal(valueOf(shown), value, `${name} is ${value} in the code`);
    t.not(reason, '', `${name} has a reason`);
  }
  t.end();
});

t.test('a constant that is gone has no row', (t) => {
  const constants = new Set(named.map(([name]) => name));
  const listed = [...rows.keys()].filter((name) => /^[A-Z0-9_]+$/.test(name));
  t.same(
    listed.filter((name) => !constants.has(name)),
    [],
  );
  t.end();
});
