/**
 * How a command speaks: lists, one result, remarks and progress. Commands say what they have;
 * this file decides how it looks on a terminal, in a pipe and with --json. Everything that is
 * printed passes `display()` here, so that no name from outside can steer a terminal.
 */
import type { OutputStream } from './environment.js';
import { failureOf } from './failure-json.js';
import { shownLine } from './shown-line.js';
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
  readonly value: unknown;
  /** In a pipe. */
  readonly lines: readonly string[];
  /** On a terminal, with why there are no rows. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly none: string;
}

/** Where a command says what it has to say. */
export interface Output {
  /** Whoever looks has seen something: a line, a result or progress. @default false */
  readonly hasSpoken?: boolean;
  /** One item per row; `none` says on a terminal why there is none, `valueOf` what --json has in place of the items. */
  list(
    columns: readonly Column[],
    rows: readonly (readonly Cell[])[],
    none: string,
    valueOf?: (records: readonly Readonly<Record<string, Cell>>[]) => unknown,
  ): void;
  /**
   * The same of a list that comes page by page: shown as it comes; a program gets it as one, or an error.
   */
  pages(
    columns: readonly Column[],
    pages: AsyncIterable<readonly (readonly Cell[])[]>,
    none: string,
  ): Promise<void>;
  /** What came out: lines for people, a value for --json. `more` is for terminals only. */
  result(value: unknown, lines: readonly string[], more?: readonly string[]): void;
  /** A result that is a table on a terminal and lines of another form elsewhere. */
  overview(overview: Overview): void;
  /** Draws the table of an overview in place of the last one; false where nothing can be drawn over. */
  live(overview: Overview): boolean;
  /** One line of JSON for each, for programs, whatever the form. */
  records(values: readonly unknown[]): void;
  /** A remark that is no part of the result. */
  note(line: string): void;
  /** Undefined takes away whatever is drawn. */
  progress(view: ProgressView | undefined): void;
}

export interface StreamOutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly isJson: boolean;
  /** Absent: progress is not shown. */
  readonly progress?: ProgressDisplay;
  /** Absent: nothing can be drawn over. */
  readonly live?: LiveDisplay;
}

/** An output that ends in the streams of this process. */
export class StreamOutput implements Output {
  readonly #options: StreamOutputOptions;
  #hasResult = false;
  #hasSpoken = false;

  constructor(options: StreamOutputOptions) {
    this.#options = options;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** What failed, for programs; nothing for people, and nothing once a result has been printed. */
  failure(thrown: unknown): void {
    if (this.#options.isJson && !this.#hasResult) this.#write([toJson(failureOf(thrown))]);
  }

  list(...[columns, rows, none, valueOf]: Parameters<Output['list']>): void {
    if (this.#options.isJson) {
      const records = rows.map((row) => asRecord(columns, row));
      return this.#write([toJson(valueOf === undefined ? records : valueOf(records))]);
    }
    const { isTTY, columns: width } = this.#options.stdout;
    const isShown = columns.map((column) => !column.isForJson && !(column.isFurther && !isTTY));
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

  live({ columns, rows, none }: Overview): boolean {
    const { live, stdout, isJson } = this.#options;
    if (isJson) return false;
    live?.update(tableOf(columns, rows, none, stdout.columns));
    return live !== undefined;
  }

  async pages(
    columns: readonly Column[],
    pages: AsyncIterable<readonly (readonly Cell[])[]>,
    none: string,
  ): Promise<void> {
    if (this.#options.isJson) {
      const records: string[] = [];
      for await (const rows of pages) {
        for (const row of rows) records.push(toJson(asRecord(columns, row)));
      }
      return this.#write([`[${records.join(',')}]`]);
    }
    let isFirst = true;
    for await (const rows of pages) {
      if (isFirst || rows.length > 0) this.list(columns, rows, none);
      isFirst = false;
    }
  }

  result(value: unknown, lines: readonly string[], more: readonly string[] = []): void {
    if (this.#options.isJson) return this.#write([toJson(value)]);
    if (this.#options.stdout.isTTY) this.#write([...lines, ...more].map(shownLine));
    else this.#write(lines.map(pipedLine));
  }

  records(values: readonly unknown[]): void {
    this.#write(values.map(toJson));
  }

  note(line: string): void {
    this.#hasSpoken = true;
    const { progress, live, stderr } = this.#options;
    progress?.stop();
    const write = (): void => void stderr.write(`${shownLine(line)}\n`);
    if (live) live.above(write);
    else write();
  }

  progress(view: ProgressView | undefined): void {
    const { progress, live } = this.#options;
    this.#hasSpoken ||= view !== undefined;
    if (view) return progress?.update(view);
    progress?.stop();
    live?.stop();
  }

  #write(lines: readonly string[]): void {
    this.#options.progress?.stop();
    this.#hasResult = true;
    this.#hasSpoken = true;
    if (lines.length > 0) this.#options.stdout.write(`${lines.join('\n')}\n`);
  }
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

function asRecord(columns: readonly Column[], row: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? '']));
}

/** JSON keeps every name exactly; what could steer a terminal is written as an escape. */
function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
