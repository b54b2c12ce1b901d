/**
 * Types the lines of a page, one after the other, as the people of a scene would, and says what is not as the page has
 * it. A line that stays (a tracker, `serve`) goes on beside the others until `^C` or the end.
 */
import { INTERRUPT, type DocLine } from './doc-lines.js';
import type { MachineApart } from './machine-apart.js';
import { normalised } from './normalised.js';
import type { TypedLine } from './typed-line.js';

/** Wide enough that nothing goes on in a second line. */
const SCREEN = { columns: 300, rows: 50 };
const LINK = /p2p:\/\/\S+?#[\w-]{20}\.[\w-]{43}/g;
/** A link in a page has no secret. */
const LINK_IN_PAGE = /p2p:\/\/[^\s#']+#…/g;
/** What goes on until it is stopped. */
const STAYING =
  /^(?:\w+=\S+ )*p2p (?:tracker [\d:]|serve\b|share (?!.*--stay)|web\b|events\b|client\b|log .*--follow|downloads .*--watch)/;
/** Stands for lines that are not shown. */
const LEFT_OUT = '…';
/** Lines that a command may or may not say, by what is done first: they count neither in a page nor in what is shown. */
const BY_CHANCE: readonly RegExp[] = [
  // Only where a machine is so busy that something takes seconds.
  /waiting for (?:it|the|what)\b|; trying on$/,
  /: (?:reading|hashing), \d+ %, /,
  // How a client is reached, where the tracker has tried before the command is done.
  /^others reach you\b|^the tracker is finding out whether others reach you/,
];

export interface PlayedSection {
  /** Who types where the page does not say. */
  readonly who: string;
  readonly env: Readonly<Record<string, string>>;
  /** Paths of the page that are elsewhere in the scene. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

export class ScenePlayer {
  readonly #machine: MachineApart;
  readonly #section: PlayedSection;
  /** Those that stay, the last one at the end. */
  readonly #staying: TypedLine[] = [];
  readonly #links: string[] = [];

  constructor(machine: MachineApart, section: PlayedSection) {
    this.#machine = machine;
    this.#section = section;
  }

  /** Types a line; answers what is wrong, or nothing. `next` is what is typed after it. */
  async type(line: DocLine, next?: DocLine): Promise<string | undefined> {
    if (line.command === INTERRUPT) return this.#interrupt(line);
    const { who, env } = this.#section;
    const command = this.#asTyped(line.command);
    const typed = this.#machine.run(line.who ?? who, command, { ...SCREEN, env });
    if (STAYING.test(command) || isKeyAfter(line, next)) return this.#stay(typed, line);
    const status = await typed.end();
    this.#note(typed);
    if (status === undefined) return `does not end; it shows\n${typed.lines.join('\n')}`;
    const isFailure = line.output.some((text) => text.startsWith('error: '));
    if ((status === 0) === isFailure) return `ends with ${status}\n${typed.lines.join('\n')}`;
    return line.output.length === 0 ? undefined : differenceOf(line.output, typed.lines);
  }

  async #stay(typed: TypedLine, { output }: DocLine): Promise<string | undefined> {
    this.#staying.push(typed);
    const isThere = await typed.until((lines) =>
      output.length === 0 ? lines.some((text) => text !== '') : hasInOrder(lines, output),
    );
    this.#note(typed);
    return isThere ? undefined : `does not show that; it shows\n${typed.lines.join('\n')}`;
  }

  async #interrupt({ awaited, output }: DocLine): Promise<string | undefined> {
    const typed = this.#staying.findLast(({ hasEnded }) => !hasEnded);
    if (typed === undefined) return 'nothing runs that it could end';
    if (!(await typed.until((lines) => hasInOrder(lines, awaited)))) {
      return `would come too early; what runs shows\n${typed.lines.join('\n')}`;
    }
    typed.type('\u0003');
    const status = await typed.end();
    if (status === undefined) return `does not end; it shows\n${typed.lines.join('\n')}`;
    this.#staying.splice(this.#staying.indexOf(typed), 1);
    if (hasInOrder(typed.lines, output)) return undefined;
    return `does not show that at the end; it shows\n${typed.lines.join('\n')}`;
  }

  /** With the secrets of this run, and with paths as they are here. */
  #asTyped(command: string): string {
    const { elsewhere } = this.#section;
    const moved = Object.entries(elsewhere).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      command,
    );
    return moved.replace(LINK_IN_PAGE, (link) => {
      const made = this.#links.findLast((one) => normalised(one) === normalised(link));
      return made ?? link;
    });
  }

  #note(typed: TypedLine): void {
    this.#links.push(...(typed.lines.join('\n').match(LINK) ?? []));
  }
}

/** Whether the page has the key right below what a line prints. */
function isKeyAfter({ number, output }: DocLine, next: DocLine | undefined): boolean {
  return next?.command === INTERRUPT && next.number === number + output.length + 1;
}

/** Whether all of `wanted` is there, in that order, with anything between. */
function hasInOrder(lines: readonly string[], wanted: readonly string[]): boolean {
  const left = lines.map(normalised);
  return wanted
    .filter((line) => line !== LEFT_OUT && line.trim() !== '')
    .every((line) => {
      const at = left.indexOf(normalised(line));
      left.splice(0, at + 1);
      return at !== -1;
    });
}

/** What is shown has to be what the page has, but for lines that that leaves out. */
function differenceOf(page: readonly string[], shown: readonly string[]): string | undefined {
  const counts = (line: string): boolean =>
    line.trim() !== '' && !BY_CHANCE.some((chance) => chance.test(line));
  const [wanted, there] = [page.filter(counts), shown.filter(counts)];
  const pattern = wanted.map((line) =>
    line === LEFT_OUT ? '(?:.*\\n)*?' : `${inPattern(normalised(line))}\\n`,
  );
  const text = there.map((line) => `${normalised(line)}\n`).join('');
  if (new RegExp(`^${pattern.join('')}$`).test(text)) return undefined;
  return `shows\n${there.join('\n')}\ninstead of\n${wanted.join('\n')}`;
}

function inPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
