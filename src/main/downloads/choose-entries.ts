/**
 * Which files of a folder `--only` means: patterns by the rules of `.gitignore` files over the paths in
 * the folder, of which the last one that speaks of a path decides. A pattern with a `!` takes files out
 * again, also below a folder that another one has chosen; if the first one has it, all else is chosen.
 */
import { Bitfield } from '../../net/bitfield.js';
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import type { FolderTable } from '../../net/folder-table.js';
import { MAX_ONLY_PATTERNS } from '../../net/limits.js';
import { PathPatterns } from '../disk/path-patterns.js';

interface Rule {
  readonly text: string;
  readonly takesOut: boolean;
  readonly patterns: PathPatterns;
}

/**
 * The entries that patterns mean; undefined when they are all.
 * @throws TrackerError NO_SUCH_FILE when one of them, or all together, mean nothing
 */
export function chooseEntries(
  table: FolderTable,
  name: string,
  only: readonly string[],
): FolderChoice | undefined {
  if (only.length > MAX_ONLY_PATTERNS) {
    throw new TrackerError('BAD_REQUEST', `give at most ${MAX_ONLY_PATTERNS} patterns`);
  }
  const rules = only.map(ruleOf);
  const isIn = rules[0]?.takesOut === true;
  const found = new Set<Rule>();
  const choice = new Bitfield(table.length);
  for (const [index, { path, kind }] of table.entries()) {
    let isChosen = isIn;
    for (const rule of rules) {
      if (rule.patterns.match(path, kind === 'empty-folder') !== true) continue;
      found.add(rule);
      isChosen = !rule.takesOut;
    }
    if (isChosen) choice.add(index);
  }
  const idle = rules.find((rule) => !rule.takesOut && !found.has(rule));
  if (idle) throw nothingMatches(name, `"${display(idle.text)}"`);
  if (choice.count === 0) throw nothingMatches(name, 'these patterns');
  return choice.isFull ? undefined : choice;
}

/** Each pattern by itself, so that a folder which is chosen does not hide what is taken out of it. */
function ruleOf(text: string): Rule {
  const takesOut = text.startsWith('!');
  return { text, takesOut, patterns: new PathPatterns([takesOut ? text.slice(1) : text]) };
}

function nothingMatches(name: string, what: string): TrackerError {
  const folder = display(name);
  return new TrackerError(
    'NO_SUCH_FILE',
    `nothing in ${folder} matches ${what}; \`files\` lists what is in it`,
  );
}
