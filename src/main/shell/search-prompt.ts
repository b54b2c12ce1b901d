/**
 * Ctrl-R on the terminal: shows a search in place of the prompt until a key ends it. Whoever begins it takes the
 * keys from readline first and gives them back after. Life: open → ended.
 */
import { clearLine, cursorTo, type Key } from 'node:readline';
import { display } from '../../net/display.js';
import type { InputStream, OutputStream } from '../terminal/environment.js';
import { cutToWidth } from '../terminal/display-width.js';
import { HistorySearch } from './history-search.js';

/** Where a terminal does not say how wide it is. */
const DEFAULT_COLUMNS = 80;

export interface SearchEnd {
  /** The line that was found; undefined when the search was given up. */
  readonly line: string | undefined;
  /** The key that ended it, if it still has to do what it does. */
  readonly key?: Key;
}

/** One search. Calls `onEnd` once. */
export class SearchPrompt {
  readonly #stdin: InputStream;
  readonly #stdout: OutputStream;
  readonly #search: HistorySearch;
  readonly #onEnd: (end: SearchEnd) => void;

  constructor(
    { stdin, stdout }: { readonly stdin: InputStream; readonly stdout: OutputStream },
    history: readonly string[],
    onEnd: (end: SearchEnd) => void,
  ) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#search = new HistorySearch(history);
    this.#onEnd = onEnd;
    stdin.on('keypress', this.#onKey);
    this.draw();
  }

  /** Shows where it stands, on the line of the cursor. */
  draw(): void {
    const { query, match } = this.#search;
    const state = query !== '' && match === undefined ? 'nothing found' : 'search';
    const text = `(${state}) ${display(query)}: ${display(match ?? '')}`;
    cursorTo(this.#stdout, 0);
    clearLine(this.#stdout, 0);
    // Some terminals say that they are 0 cells wide.
    const { columns = 0 } = this.#stdout;
    const width = columns === 0 ? DEFAULT_COLUMNS : columns;
    this.#stdout.write(cutToWidth(text, width - 1));
  }

  /** Ends it without a line; idempotent. */
  close(): void {
    this.#stdin.off('keypress', this.#onKey);
  }

  readonly #onKey = (text: string | undefined, key: Key): void => {
    if (key.ctrl === true && (key.name === 'c' || key.name === 'g')) return this.#end(undefined);
    if (key.ctrl === true && key.name === 'r') this.#search.goOn();
    else if (key.name === 'backspace') this.#search.rubOut();
    else if (text !== undefined && isShown(text) && key.ctrl !== true && key.meta !== true) {
      this.#search.type(text);
    } else if (key.name === 'escape') return this.#end(this.#search.match);
    else return this.#end(this.#search.match, key);
    this.draw();
  };

  #end(line: string | undefined, key?: Key): void {
    this.close();
    cursorTo(this.#stdout, 0);
    clearLine(this.#stdout, 0);
    this.#onEnd(key === undefined ? { line } : { line, key });
  }
}

/** Text that somebody types, and no key that does something. */
function isShown(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}
