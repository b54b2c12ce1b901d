/**
 * How a command speaks to a program that follows it: an object on a line for each thing that happens, while it
 * works, and its answer or its failure as the last. What nobody reads is left out (event-writer.ts). People get nothing but the error line, on standard error.
 */
import type { ClientEvent } from '../api/client-events.js';
import { ANSWER_VERSION, type Answer } from './answer-json.js';
import type { OutputStream } from './environment.js';
import { eventText, type CommandEvent } from './event-json.js';
import { EventWriter } from './event-writer.js';
import { failureOf } from './failure-json.js';
import type { Output, PagedList, ProcessOutput } from './output.js';

export interface EventsOutputOptions {
  readonly stdout: OutputStream;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export class EventsOutput implements ProcessOutput {
  readonly isJson = true;
  readonly hears = 'all';
  readonly hasSpoken = true;
  readonly #options: EventsOutputOptions;
  readonly #writer: EventWriter<CommandEvent>;
  /** Of the command, once it has one. */
  #answer: Answer = {};

  constructor(options: EventsOutputOptions) {
    this.#options = options;
    this.#writer = new EventWriter({ stdout: options.stdout, lineOf: eventText });
  }

  settle(failure?: Parameters<ProcessOutput['settle']>[0]): void {
    const failed = failure && failureOf(failure.thrown, failure.hint);
    const answer = { version: ANSWER_VERSION, ...this.#answer, ...failed };
    this.#answer = {};
    this.#writeAlways({ type: 'result', status: failed?.error.status ?? 0, answer });
  }

  list(...[, , , value]: Parameters<Output['list']>): void {
    this.#answer = value;
  }

  async pages<Item>({ pages, valueOf }: PagedList<Item>): Promise<void> {
    const items: Item[] = [];
    for await (const page of pages) items.push(...page);
    this.#answer = valueOf(items);
  }

  result(value: Answer): void {
    this.#answer = value;
  }

  ready(value: Answer): void {
    this.#writeAlways({ type: 'ready', answer: { version: ANSWER_VERSION, ...value } });
  }

  overview({ value }: Parameters<Output['overview']>[0]): void {
    this.#answer = value;
  }

  live(): boolean {
    return false;
  }

  records(): void {
    // No command that has events has records.
  }

  note(line: string): void {
    this.#writer.write({ type: 'notice', message: line }, this.#options.nowMs());
  }

  failure(line: string): void {
    this.note(line);
  }

  event(event: ClientEvent, atMs = this.#options.nowMs()): void {
    this.#writer.write(event, atMs);
  }

  progress(): void {
    // Events say how far it is.
  }

  #writeAlways(event: CommandEvent): void {
    this.#writer.writeAlways(event, this.#options.nowMs());
  }
}
