/**
 * How a command speaks: lists, one result, remarks and progress. Commands say what they have;
 * this file decides how it looks on a terminal, in a pipe and with --json. Everything that is
 * printed passes `display()` here, so that no name from outside can steer a terminal.
 */
import { answerText, jsonText, type Answer } from './answer-json.js';
import { chosenLines, MARK_CELLS, type Choosing } from './chosen-lines.js';
import { columnsOf, rowsOf, type OutputStream } from './environment.js';
import { failureOf } from './failure-json.js';
import { shownLine } from './shown-line.js';
import type { ClientEvent, ClientEventListener, EventScope } from '../api/client-events.js';
import { isDetail } from '../api/detail-events.js';
import { isFault } from './event-lines.js';
import { tableLines, type Cell, type Column } from './table.js';

/** The joiners that emoji and several scripts need: the only invisible characters that a name may have. */
const joiners = /[\u200c\u200d]/g;

/**
 * A line for a program: every name in it exactly as the next command takes it. What no name can hold, so that
 * it came from somebody who does not keep to that, is shown as on a terminal: it must not start a line either.
 */
function pipedLine(line: string): string {
  const visible = line.replace(joiners, '');
  return shownLine(visible) === visible ? line : shownLine(line);
}

/** `quiet`: errors, and what was asked for; `verbose`: what the program does besides. */
export type Loudness = 'quiet' | 'usual' | 'verbose';

/** How far something is. */
export interface ProgressView {
  /** What it is about: the name of a file, or what is done with many. */
  readonly title: string;
  /** What is done with it now, where that is not what the figures tell, e.g. `checking`. */
  readonly phase?: string;
  /** Bytes. */
  readonly size: number;
  readonly done: number;
  readonly bytesPerSecond: number;
  /** A word more, e.g. `3 peers`. */
  readonly detail: string;
  /** Of what consists of several things: those that are worked on now, which have rows of their own. */
  readonly parts?: readonly ProgressView[];
}

/** Shows progress on a terminal or as lines; progress.ts has both. */
export interface ProgressDisplay {
  update(view: ProgressView): void;
  /** Takes it away; a later update shows it again. */
  stop(): void;
}

/** Rows that are drawn again in place, as long as somebody looks. */
export interface LiveDisplay {
  update(lines: readonly string[]): void;
  /** What is written meanwhile stands above them. */
  above(write: () => void): void;
  /** What was drawn last stays. */
  stop(): void;
}

/** One result in three forms. */
export interface Overview {
  /** For --json. */
  readonly value: Answer;
  /** In a pipe. */
  readonly lines: readonly string[];
  /** On a terminal, with why there are no rows. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly none: string;
}

/** Rows of equal width that mean nothing any more where a terminal breaks them. */
export interface Drawing {
  readonly rows: readonly string[];
  /** Said in its place where it does not fit. */
  readonly tooWide: string;
}

/** What stands below a result on a terminal. */
export type Further = readonly (string | Drawing)[];

/** Where a command says what it has to say. */
export interface Output {
  /** Whoever looks has seen something: a line, a result or progress. @default false */
  readonly hasSpoken?: boolean;
  /** Programs read it; what only they get needs not be collected otherwise. @default false */
  readonly isJson?: boolean;
  /** How much of what happens is worth to be told. @default 'news' */
  readonly hears?: EventScope;
  /** One item per row; `none` says on a terminal why there is none, `value` is what --json has in place of all. */
  list(
    columns: readonly Column[],
    rows: readonly (readonly Cell[])[],
    none: string,
    value: Answer,
  ): void;
  /** The same of a list that comes page by page: shown as it comes; a program gets it as one, or an error. */
  pages<Item>(list: PagedList<Item>): Promise<void>;
  /** What came out: lines for people, a value for --json. `more` is for terminals only. */
  result(value: Answer, lines: readonly string[], more?: Further): void;
  /** The same of a process that stays: programs get it at once. */
  ready(value: Answer, lines: readonly string[], more?: Further): void;
  /** A result that is a table on a terminal and lines of another form elsewhere. */
  overview(overview: Overview): void;
  /**
   * Draws the table of an overview in place of the last one, with the row that is chosen where somebody chooses; false
   * where nothing can be drawn over.
   */
  live(overview: Overview, choosing?: Choosing): boolean;
  /** One line of JSON for each, for programs, whatever the form. */
  records(values: readonly unknown[]): void;
  /** A remark that is no part of the result. */
  note(line: string): void;
  /** What failed of several things, where the command goes on: told however quiet it is to be. */
  failure(line: string): void;
  /** Something has happened; steps are told to those who want to see them. */
  event: ClientEventListener;
  /** Undefined takes away whatever is drawn. */
  progress(view: ProgressView | undefined): void;
}

/** A list that nobody holds as a whole, unless a program wants it. */
export interface PagedList<Item> {
  readonly columns: readonly Column[];
  readonly pages: AsyncIterable<readonly Item[]>;
  readonly rowOf: (item: Item) => readonly Cell[];
  /** Why there is no row. */
  readonly none: string;
  readonly valueOf: (items: readonly Item[]) => Answer;
}

/** The output of a whole process, or of a session of commands: it knows when a command has ended. */
export interface ProcessOutput extends Output {
  /** Programs read it. */
  readonly isJson: boolean;
  readonly hears: EventScope;
  /**
   * The command has ended, with an error if there is one: programs get what it had as its result, and what
   * failed, as one value. `hint` says how to do it instead.
   */
  settle(failure?: { readonly thrown: unknown; readonly hint?: string }): void;
}

export interface StreamOutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly isJson: boolean;
  /** Absent: progress is not shown. */
  readonly progress?: ProgressDisplay;
  /** Absent: nothing can be drawn over. */
  readonly live?: LiveDisplay;
  /** @default 'usual' */
  readonly loudness?: Loudness;
  /** Results say that something is done, and not what was asked for: whoever wants quiet needs none. @default false */
  readonly isConfirming?: boolean;
  /** An event as a line; undefined of one that is not for people. @default none is */
  readonly eventLine?: (event: ClientEvent) => string | undefined;
}

/** An output that ends in the streams of this process. */
export class StreamOutput implements ProcessOutput {
  readonly #options: StreamOutputOptions;
  /** What programs get once the command has ended. */
  #answer: Answer | undefined;
  #hasSpoken = false;

  constructor(options: StreamOutputOptions) {
    this.#options = options;
  }

  get isJson(): boolean {
    return this.#options.isJson;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  get hears(): EventScope {
    return this.#options.loudness === 'verbose' ? 'all' : 'news';
  }

  get #isQuiet(): boolean {
    return this.#options.loudness === 'quiet';
  }

  settle(failure?: Parameters<ProcessOutput['settle']>[0]): void {
    const answer = this.#answer;
    this.#answer = undefined;
    if (!this.#options.isJson || (answer === undefined && failure === undefined)) return;
    const failed = failure && failureOf(failure.thrown, failure.hint);
    this.#write([answerText({ ...answer, ...failed })]);
  }

  list(...[columns, rows, none, value]: Parameters<Output['list']>): void {
    if (this.#options.isJson) return this.#keep(value);
    const { isTTY, columns: width } = this.#options.stdout;
    const isShown = columns.map((column) => !(column.isFurther && !isTTY));
    const shownOf = <T>(all: readonly T[]): T[] => all.filter((_, index) => isShown[index]);
    const shownRows = rows.map(shownOf);
    if (isTTY) return this.#write(tableOf(shownOf(columns), shownRows, none, width));
    this.#write(shownRows.map(pipedRow));
  }

  overview({ value, lines, columns, rows, none }: Overview): void {
    const { isJson, stdout } = this.#options;
    if (isJson || !stdout.isTTY) return this.result(value, lines);
    this.#write(tableOf(columns, rows, none, stdout.columns));
  }

  live({ columns, rows, none }: Overview, choosing?: Choosing): boolean {
    const { live, stdout, isJson } = this.#options;
    if (isJson) return false;
    this.#hasSpoken ||= live !== undefined;
    if (choosing === undefined) live?.update(tableOf(columns, rows, none, stdout.columns));
    else {
      const table = tableOf(columns, rows, none, columnsOf(stdout) - MARK_CELLS);
      const shown = { ...choosing, foot: shownLine(choosing.foot) };
      live?.update(chosenLines(table, shown, rowsOf(stdout) - 1));
    }
    return live !== undefined;
  }

  async pages<Item>({ columns, pages, rowOf, none, valueOf }: PagedList<Item>): Promise<void> {
    if (this.#options.isJson) {
      const items: Item[] = [];
      for await (const page of pages) items.push(...page);
      return this.#keep(valueOf(items));
    }
    let isFirst = true;
    for await (const page of pages) {
      if (isFirst || page.length > 0) this.list(columns, page.map(rowOf), none, {});
      isFirst = false;
    }
  }

  result(value: Answer, lines: readonly string[], more: Further = []): void {
    if (this.#options.isJson) return this.#keep(value);
    if (this.#isQuiet && this.#options.isConfirming) return;
    const { stdout } = this.#options;
    const further = more.flatMap((one) => (typeof one === 'string' ? [one] : drawn(one, stdout)));
    if (stdout.isTTY) this.#write([...lines, ...further].map(shownLine));
    else this.#write(lines.map(pipedLine));
  }

  ready(...[value, lines, more]: Parameters<Output['ready']>): void {
    this.result(value, lines, more);
    this.settle();
  }

  records(values: readonly unknown[]): void {
    this.#write(values.map(jsonText));
  }

  note(line: string): void {
    if (!this.#isQuiet) this.failure(line);
  }

  failure(line: string): void {
    this.#hasSpoken = true;
    const { progress, live, stderr } = this.#options;
    progress?.stop();
    const write = (): void => void stderr.write(`${shownLine(line)}\n`);
    if (live) live.above(write);
    else write();
  }

  event(event: ClientEvent): void {
    const { loudness, eventLine } = this.#options;
    if (loudness !== 'verbose' && isDetail(event)) return;
    const line = eventLine?.(event);
    if (line === undefined) return;
    if (isFault(event)) this.failure(line);
    else this.note(line);
  }

  progress(view: ProgressView | undefined): void {
    const { progress, live } = this.#options;
    this.#hasSpoken ||= view !== undefined;
    if (view) return progress?.update(view);
    progress?.stop();
    live?.stop();
  }

  #keep(answer: Answer): void {
    this.#answer = answer;
    this.#hasSpoken = true;
  }

  #write(lines: readonly string[]): void {
    this.#options.progress?.stop();
    this.#hasSpoken = true;
    if (lines.length > 0) this.#options.stdout.write(`${lines.join('\n')}\n`);
  }
}

function drawn({ rows, tooWide }: Drawing, stdout: OutputStream): readonly string[] {
  return (rows[0] ?? '').length > columnsOf(stdout) ? [tooWide] : rows;
}

function tableOf(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  none: string,
  width: number | undefined,
): string[] {
  const why = rows.length === 0 ? [shownLine(`(${none})`)] : [];
  return [...tableLines(columns, rows, width), ...why];
}

function pipedRow(row: readonly Cell[]): string {
  return row.map((cell) => pipedLine(String(cell))).join('\t');
}
