/**
 * Files whose content a browser brings, because it does not say where they lie: each goes into the home's spool while
 * its pieces are hashed, and is shared from there, as what `upload -` shares. Owns who brings one just now: one of each
 * login, and few in all. A drop that fails leaves nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { detach } from '../../net/detach.js';
import { CancelledError, P2pError, TrackerError, toWireError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import { MAX_WEB_DROPS, WEB_DROP_STALL_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { EngineApi } from '../api/engine-api.js';
import type { UploadResult } from '../api/progress.js';
import { removeUnlessShared, shareFromSpool } from '../commands/spooled-share.js';
import type { Spool } from '../home/spool.js';
import { takeIntoSpool } from '../pipes/spool-input.js';
import { dropBytes, passOver, type DropPatience } from './drop-bytes.js';
import { readDrop, requireMayDrop, type Drop } from './drop-request.js';
import { JsonLines } from './json-lines.js';

export interface WebDropsOptions {
  readonly engine: EngineApi;
  readonly spool: Spool;
  /** Hears of an error that nobody foresaw. */
  readonly onUnforeseen: (error: unknown) => void;
  /** @default WEB_DROP_STALL_MS of this process's timers */
  readonly patience?: DropPatience;
}

/** One request that brings a file. */
export interface DropCall {
  readonly query: string | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of which login it is. */
  readonly pageKey: string;
  readonly signal: AbortSignal;
}

export class WebDrops {
  readonly #options: WebDropsOptions;
  readonly #patience: DropPatience;
  readonly #bringing = new Set<string>();
  /** Refused ones of which the rest is taken just now. */
  #passedOver = 0;

  constructor(options: WebDropsOptions) {
    this.#options = options;
    this.#patience = options.patience ?? { later: laterByTimer, waitMs: WEB_DROP_STALL_MS };
  }

  /** Answers what came of it. Never rejects for what is asked. */
  async carryOut({ query, request, response, pageKey, signal }: DropCall): Promise<void> {
    // What is not read of a refused one is nobody's next request.
    response.setHeader('Connection', 'close');
    const lines = new JsonLines(response);
    try {
      const drop = readDrop(query, request.headers);
      lines.end({ result: await this.#inTurn(pageKey, () => this.#share(drop, request, signal)) });
    } catch (error) {
      if (!(error instanceof P2pError)) this.#options.onUnforeseen(error);
      lines.write({ error: toWireError(error) });
      // Of a browser that has gone, or brings nothing, there is no more.
      if (!(error instanceof CancelledError)) await this.#passOver(request, signal);
      lines.end();
    }
  }

  async #passOver(request: IncomingMessage, signal: AbortSignal): Promise<void> {
    if (this.#passedOver >= MAX_WEB_DROPS) return;
    this.#passedOver++;
    await passOver(request, signal, this.#patience).finally(() => this.#passedOver--);
  }

  async #inTurn<T>(pageKey: string, work: () => Promise<T>): Promise<T> {
    if (this.#bringing.has(pageKey) || this.#bringing.size >= MAX_WEB_DROPS) {
      throw new TrackerError('BUSY', 'another file is coming already; bring this one after it');
    }
    this.#bringing.add(pageKey);
    try {
      return await work();
    } finally {
      this.#bringing.delete(pageKey);
    }
  }

  async #share(drop: Drop, request: IncomingMessage, signal: AbortSignal): Promise<UploadResult> {
    const { engine, spool } = this.#options;
    const { groupId, name: as, replace } = drop;
    await untilAborted(signal, requireMayDrop(engine, spool, drop));
    const input = Readable.from(dropBytes(request, signal, this.#patience), { objectMode: false });
    const hash = (run: Parameters<EngineApi['hashAhead']>[0]) => engine.hashAhead(run);
    const path = await takeIntoSpool(spool, { input, onBytes: () => undefined, hash }, signal);
    let begun: Promise<unknown> | undefined;
    return shareFromSpool(engine, spool, {
      ...{ groupId, path },
      share: (at, onSharing) => {
        const ask = { path: at, groupId, as, sha256: false, replace, signal };
        const sharing = engine.upload(ask, () => undefined);
        begun = sharing;
        onSharing(sharing);
        return untilAborted(signal, sharing);
      },
      // The browser has the file: what waits for a tracker that is away and then fails leaves nothing here.
      onKept: () => {
        const remove = () => removeUnlessShared(engine, spool, { groupId, path }, begun);
        detach(remove, (error) => {
          if (!(error instanceof P2pError)) this.#options.onUnforeseen(error);
        });
      },
    });
  }
}
