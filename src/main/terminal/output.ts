/**
 * How a command speaks: lists, one result, remarks and progress. Commands say what they have;
 * this file decides how it looks on a terminal, in a pipe and with --json. Everything that is
 * printed passes `display()` here, so that no name from outside can steer a terminal.
 */
import { display } from '../../net/display.js';
import { displayWidth, padToWidth, shortenToWidth } from './display-width.js';
import type { OutputStream } from './environment.js';
import { failureOf } from './failure-json.js';
import { formatBytes } from './quantities.js';

/** Room for the longest path that Linux knows, and a sentence around it. */
const MAX_SHOWN_CHARACTERS = 8_192;

/** A column of a table is not made narrower than this. */
const LEAST_NAME_CELLS = 16;

/** Makes a line fit to be printed, whatever names from outside it contains. */
export function shownLine(line: string): string {
  return display(line, MAX_SHOWN_CHARACTERS);
}

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

/** A column of a list. */
export interface Column {
  readonly name: string;
  /** `bytes` is for people on a terminal and a plain number elsewhere. @default 'text' */
  readonly kind?: 'text' | 'bytes';
  /** Left out in a pipe, where rows have the form that scripts know. */
  readonly isFurther?: true;
  /** Nothing but JSON has it: it is too long for a table. */
  readonly isForJson?: true;
}

export type Cell = string | number;

/** How far something is. */
export interface ProgressView {
  /** What is going on, e.g. `downloading film.mkv`. */
  readonly title: string;
  /** Bytes. */
  readonly size: number;
  readonly done: number;
  readonly bytesPerSecond: number;
  /** A word more, e.g. `3 peers`. */
  readonly detail: string;
}

/** Shows progress on a terminal or as lines; progress.ts has both. */
export interface ProgressDisplay {
  update(view: ProgressView): void;
  /** Takes it away; a later update shows it again. */
  stop(): void;
}

/** Where a command says what it has to say. */
export interface Output {
  /** One item per row; `none` says on a terminal why there is none. */
  list(columns: readonly Column[], rows: readonly (readonly Cell[])[], none: string): void;
  /** What came out: lines for people, a value for --json. `more` is for terminals only. */
  result(value: unknown, lines: readonly string[], more?: readonly string[]): void;
  /** One line of JSON for each, for programs, whatever the form. */
  records(values: readonly unknown[]): void;
  /** A remark that is no part of the result. */
  note(line: string): void;
  progress(view: ProgressView | undefined): void;
}

export interface StreamOutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly isJson: boolean;
  /** Absent: progress is not shown. */
  readonly progress?: ProgressDisplay;
}

/** An output that ends in the streams of this process. */
export class StreamOutput implements Output {
  readonly #options: StreamOutputOptions;
  #hasResult = false;

  constructor(options: StreamOutputOptions) {
    this.#options = options;
  }

  /** What failed, for programs; nothing for people, and nothing once a result has been printed. */
  failure(thrown: unknown): void {
    if (this.#options.isJson && !this.#hasResult) this.#write([toJson(failureOf(thrown))]);
  }

  list(columns: readonly Column[], rows: readonly (readonly Cell[])[], none: string): void {
    if (this.#options.isJson)
      return this.#write([toJson(rows.map((row) => asRecord(columns, row)))]);
    const { isTTY, columns: width } = this.#options.stdout;
    const isShown = columns.map((column) => !column.isForJson && !(column.isFurther && !isTTY));
    const shownOf = <T>(all: readonly T[]): T[] => all.filter((_, index) => isShown[index]);
    const shownRows = rows.map(shownOf);
    if (isTTY) {
      const why = rows.length === 0 ? [shownLine(`(${none})`)] : [];
      return this.#write([...tableLines(shownOf(columns), shownRows, width), ...why]);
    }
    this.#write(shownRows.map(pipedRow));
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
    this.#options.progress?.stop();
    this.#options.stderr.write(`${shownLine(line)}\n`);
  }

  progress(view: ProgressView | undefined): void {
    if (view === undefined) this.#options.progress?.stop();
    else this.#options.progress?.update(view);
  }

  #write(lines: readonly string[]): void {
    this.#options.progress?.stop();
    this.#hasResult = true;
    if (lines.length > 0) this.#options.stdout.write(`${lines.join('\n')}\n`);
  }
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

function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  terminalWidth: number | undefined,
): string[] {
  const header = columns.map(({ name }) => name.toUpperCase());
  const cells = rows.map((row) => columns.map((column, index) => shown(column, row[index] ?? '')));
  const wanted = header.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index]!)), name.length),
  );
  const widths = fittingWidths(wanted, terminalWidth);
  return [header, ...cells].map((row) => tableLine(columns, row, widths));
}

/** The widest column gives way, as far as a name can still be told from others. */
function fittingWidths(wanted: readonly number[], terminalWidth: number | undefined): number[] {
  const widths = [...wanted];
  if (terminalWidth === undefined || terminalWidth === 0) return widths;
  const widest = widths.indexOf(Math.max(...widths));
  const all = widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1));
  const least = Math.min(widths[widest]!, LEAST_NAME_CELLS);
  widths[widest] = Math.max(least, widths[widest]! - Math.max(0, all - terminalWidth));
  return widths;
}

function tableLine(columns: readonly Column[], row: string[], widths: number[]): string {
  const padded = row.map((cell, index) => {
    const side = columns[index]!.kind === 'bytes' ? 'before' : 'after';
    return padToWidth(shortenToWidth(cell, widths[index]!), widths[index]!, side);
  });
  return padded.join('  ').trimEnd();
}

function shown(column: Column, cell: Cell): string {
  return column.kind === 'bytes' ? formatBytes(Number(cell)) : shownLine(String(cell));
}
