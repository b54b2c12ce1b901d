/**
 * How a command speaks: lists, one result, remarks and progress. Commands say what they have;
 * this file decides how it looks on a terminal, in a pipe and with --json. Everything that is
 * printed passes `display()` here, so that no name from outside can steer a terminal.
 */
import { display } from '../../net/display.js';
import { displayWidth, padToWidth } from './display-width.js';
import type { OutputStream } from './environment.js';
import { formatBytes } from './quantities.js';

/** Room for the longest path that Linux knows, and a sentence around it. */
const MAX_SHOWN_CHARACTERS = 8_192;

/** Makes a line fit to be printed, whatever names from outside it contains. */
export function shownLine(line: string): string {
  return display(line, MAX_SHOWN_CHARACTERS);
}

/** A column of a list. */
export interface Column {
  readonly name: string;
  /** `bytes` is for people on a terminal and a plain number elsewhere. @default 'text' */
  readonly kind?: 'text' | 'bytes';
  /** Left out in a pipe, where rows have the form that scripts know. */
  readonly isFurther?: true;
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
  /** One item per row. */
  list(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void;
  /** What came out: lines for people, a value for --json. `more` is for terminals only. */
  result(value: unknown, lines: readonly string[], more?: readonly string[]): void;
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

  constructor(options: StreamOutputOptions) {
    this.#options = options;
  }

  list(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    if (this.#options.isJson)
      return this.#write([toJson(rows.map((row) => asRecord(columns, row)))]);
    if (this.#options.stdout.isTTY) return this.#write(tableLines(columns, rows));
    this.#write(rows.map((row) => pipedLine(columns, row)));
  }

  result(value: unknown, lines: readonly string[], more: readonly string[] = []): void {
    if (this.#options.isJson) return this.#write([toJson(value)]);
    this.#write([...lines, ...(this.#options.stdout.isTTY ? more : [])].map(shownLine));
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
    if (lines.length > 0) this.#options.stdout.write(`${lines.join('\n')}\n`);
  }
}

function pipedLine(columns: readonly Column[], row: readonly Cell[]): string {
  const cells = row.filter((_, index) => !columns[index]!.isFurther);
  return cells.map((cell) => shownLine(String(cell))).join('\t');
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

function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return ['(none)'];
  const cells = rows.map((row) => columns.map((column, index) => shown(column, row[index] ?? '')));
  const header = columns.map(({ name }) => name.toUpperCase());
  const widths = header.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index]!)), name.length),
  );
  return [header, ...cells].map((row) => tableLine(columns, row, widths));
}

function tableLine(columns: readonly Column[], row: string[], widths: number[]): string {
  const padded = row.map((cell, index) => {
    const side = columns[index]!.kind === 'bytes' ? 'before' : 'after';
    return padToWidth(cell, widths[index]!, side);
  });
  return padded.join('  ').trimEnd();
}

function shown(column: Column, cell: Cell): string {
  return column.kind === 'bytes' ? formatBytes(Number(cell)) : shownLine(String(cell));
}
