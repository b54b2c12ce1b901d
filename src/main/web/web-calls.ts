/**
 * Carries out what the page asks for, each in an answer of lines: progress if there is any, then `result` or
 * `error`. Bounded in number; a call ends when the browser goes away.
 */
import type { ServerResponse } from 'node:http';
import { P2pError, TrackerError, toWireError } from '../../net/errors.js';
import { MAX_WEB_CALLS, MAX_WEB_LISTENERS, WEB_PULSE_MS } from '../../net/limits.js';
import { untilAborted, whenAborted } from '../../net/until-aborted.js';
import { callApi } from '../api/api-methods.js';
import type { EngineApi } from '../api/engine-api.js';
import { JsonLines } from './json-lines.js';
import { answerLine } from './known-answer.js';
import { callPage, type WebSurroundings } from './page-calls.js';

export interface WebCallsOptions {
  readonly engine: EngineApi;
  readonly surroundings: WebSurroundings;
  /** Hears of an error that nobody foresaw. */
  readonly onUnforeseen: (error: unknown) => void;
}

export interface WebCall {
  readonly path: string;
  /** Reads what comes with it. */
  readonly body: () => Promise<unknown>;
  /** What the page knows of the answer, see known-answer.ts. */
  readonly known: string | undefined;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

const CALL = /^\/api\/(engine|page)\/(\w{1,64})$/;
const EVENTS = '/api/events';

export class WebCalls {
  readonly #options: WebCallsOptions;
  #callCount = 0;
  #listenerCount = 0;

  constructor(options: WebCallsOptions) {
    this.#options = options;
  }

  /** Answers by the address alone what it is. Never rejects for what is asked. */
  async carryOut({ path, body, known, response, signal }: WebCall): Promise<void> {
    const lines = new JsonLines(response);
    try {
      if (path === EVENTS) {
        await body();
        await this.#tellEvents(lines, signal);
        lines.end();
      } else {
        lines.endWith(answerLine(await this.#call(path, body, lines, signal), known));
      }
    } catch (error) {
      if (!(error instanceof P2pError)) this.#options.onUnforeseen(error);
      lines.end({ error: toWireError(error) });
    }
  }

  async #call(
    path: string,
    body: () => Promise<unknown>,
    lines: JsonLines,
    signal: AbortSignal,
  ): Promise<unknown> {
    const [, owner, name = ''] = CALL.exec(path) ?? [];
    const { engine, surroundings } = this.#options;
    if (this.#callCount >= MAX_WEB_CALLS) throw tooMuch();
    this.#callCount++;
    try {
      const params = await body();
      if (owner === 'page') {
        return await untilAborted(signal, callPage(engine, name, params, surroundings, signal));
      }
      const onProgress = (progress: unknown): void => lines.writeIfTaken({ progress });
      return await callApi(engine, name, params, { signal, onProgress });
    } finally {
      this.#callCount--;
    }
  }

  async #tellEvents(lines: JsonLines, signal: AbortSignal): Promise<void> {
    if (this.#listenerCount >= MAX_WEB_LISTENERS) throw tooMuch();
    this.#listenerCount++;
    const stop = this.#options.engine.events((event) => lines.write({ event }));
    const pulse = setInterval(() => lines.write({}), WEB_PULSE_MS);
    try {
      lines.write({});
      await whenAborted(signal);
    } finally {
      clearInterval(pulse);
      stop();
      this.#listenerCount--;
    }
  }
}

function tooMuch(): TrackerError {
  return new TrackerError('BUSY', 'too much is asked of the page at a time; try again in a moment');
}
