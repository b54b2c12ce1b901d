/**
 * The command lines of a page, with what the page says that they print. Pure: Markdown in, lines out.
 *
 * A block of `sh` has a command in each line. In a block of `console`, or without a language, a command stands behind a
 * prompt (`ann$ p2p get …`, `root# …`, `$ …`), and what follows is its output; `^C` alone is the key. A block without
 * a language and without a prompt has a command in each line that begins with one of our programs.
 */

/** A line that somebody types. */
export interface DocLine {
  /** Its place in the page, from 1. */
  readonly number: number;
  /** The nearest heading above it; empty above the first one. */
  readonly heading: string;
  /** Whose prompt it stands behind; undefined where the page does not say. */
  readonly who: string | undefined;
  /** What is typed, or `^C`. */
  readonly command: string;
  /** Of a key at the beginning of a block: what is shown by then of what runs. */
  readonly awaited: readonly string[];
  /** What the page shows below it. */
  readonly output: readonly string[];
}

export const INTERRUPT = '^C';

const SHELLS = new Set(['', 'sh', 'console', 'bash', 'shell']);
const PROMPT = /^(?:([a-z][a-z0-9-]*)[$#]|\$) (.*)$/;
const OURS = /^(?:sudo )?(?:p2p|npm|npx) /;

export function docLines(page: string): DocLine[] {
  const found: DocLine[] = [];
  for (const block of blocksOf(page)) found.push(...commandsOf(block));
  return found;
}

interface Block {
  readonly language: string;
  readonly heading: string;
  /** Of its first line. */
  readonly number: number;
  readonly lines: string[];
}

/** Lines of prose that begin with a command are blocks of one line. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let heading = '';
  for (const [index, line] of page.split('\n').entries()) {
    const [fence, language] = /^\s*```(\S*)/.exec(line) ?? [];
    if (fence !== undefined) {
      if (open) blocks.push(open);
      open = open ? undefined : { language: language ?? '', heading, number: index + 2, lines: [] };
    } else if (open) {
      open.lines.push(line);
    } else {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    }
  }
  return blocks;
}

function commandsOf({ language, heading, number, lines }: Block): DocLine[] {
  if (!SHELLS.has(language)) return [];
  const hasPrompts = lines.some((line) => line === INTERRUPT || PROMPT.test(line));
  if (!hasPrompts && !(language === 'sh' || lines.some((line) => OURS.test(line)))) return [];
  const found: { -readonly [Key in keyof DocLine]: DocLine[Key] }[] = [];
  let isContinued = false;
  let awaited: string[] = [];
  for (const [index, line] of lines.entries()) {
    const last = found.at(-1);
    if (isContinued && last) {
      last.command = `${last.command.slice(0, -1)}${line.trimStart()}`;
    } else if (line === INTERRUPT || !hasPrompts || PROMPT.test(line)) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const [, who, typed = line] = PROMPT.exec(line) ?? [];
      found.push({ number: number + index, heading, who, command: typed, awaited, output: [] });
      awaited = [];
    } else {
      if (last) last.output = [...last.output, line];
      else awaited = [...awaited, line];
      continue;
    }
    isContinued = found.at(-1)?.command.endsWith('\\') ?? false;
  }
  return found.map((line) => ({ ...line, command: withoutComment(line.command) }));
}

/** What stands behind two spaces and a `#` is for the reader. */
function withoutComment(command: string): string {
  return command.replace(/\s+# .*$/, '').trimEnd();
}
