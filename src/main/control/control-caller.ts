/**
 * The engine's end of one connection of the control socket: another process of the same user,
 * and what runs for it. Owns the socket, the calls and their signals. It never judges what a
 * caller may ask: whoever can open the socket is the user.
 *
 * Life: silent -> (hello) attached -> (another engine takes over) moving -> (the engine is stopped)
 * ending -> gone; it may hang up at any time. Its calls are aborted then, and `gone` waits for them.
 */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred, whenSettled } from '../../net/deferred.js';
import { CancelledError, P2pError, TrackerError, toWireError } from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import type { RpcId } from '../../net/json-rpc-message.js';
import { LINK_CLOSE_TIMEOUT_MS, MAX_CONTROL_CALLS } from '../../net/limits.js';
import { callApi } from '../api/api-methods.js';
import { API_VERSION, PROTOCOL_VERSION, type EngineApi } from '../api/engine-api.js';
import {
  decodeEvents,
  decodeFromCaller,
  decodeHello,
  otherProtocol,
  versionsDiffer,
  type EngineNotifications,
  type Welcome,
} from './control-protocol.js';
import { readLines, writeLine } from '../../net/line-socket.js';
import { ownVersion } from '../../net/own-version.js';
import { untilAborted } from '../../net/until-aborted.js';
import { EventOutlet } from './event-outlet.js';
import { END_REQUEST, HOLDER_REQUEST, MAKE_ROOM_REQUEST, type Holder } from './holder.js';
import { slicesOf } from './long-result.js';

/** What callers reach. */
export interface ControlHost {
  readonly engine: EngineApi;
  /** The engine outlives its callers. */
  readonly isEngineStaying: boolean;
  /** No terminal has this process. */
  readonly isInBackground: boolean;
  /** Hears that the process is to end, as by SIGTERM; only where no terminal has it. */
  readonly onEndAsked: () => void;
  /** Another engine wants the home. @default nobody gets it */
  readonly onMakeRoom?: (() => void) | undefined;
  /** Hears of errors that nobody foresaw; the caller is only told that there was one. */
  readonly onUnforeseen: (error: unknown) => void;
}

/**
 * What another engine does with a call when this one ends: goes on with it, begins it anew (which costs what was
 * done of it, and nothing else), or nothing.
 */
type Elsewhere = 'goes-on' | 'begins-anew' | 'ends';

const ELSEWHERE: ReadonlyMap<string, Elsewhere> = new Map([
  ['waitForDownload', 'goes-on'],
  ['upload', 'begins-anew'],
  ['verify', 'begins-anew'],
  ['sync', 'begins-anew'],
  ['followFiles', 'begins-anew'],
]);

/** A call that is not answered yet. */
interface RunningCall {
  readonly controller: AbortController;
  readonly elsewhere: Elsewhere;
  /** The download that it waits for. */
  readonly downloadId: string | undefined;
}

/** One caller. */
export class ControlCaller {
  readonly #host: ControlHost;
  readonly #socket: Socket;
  readonly #onChange: () => void;
  readonly #rpc: JsonRpcConnection;
  readonly #hungUp = deferred<undefined>();
  /** Calls that are not answered yet. */
  readonly #calls = new Map<RpcId, RunningCall>();
  readonly #running = new Set<Promise<unknown>>();
  /** Downloads that it has started and neither waits for nor has cancelled yet. */
  readonly #unclaimed = new Set<string>();
  /** It has had something done that would begin anew elsewhere: between two of those it may have more of them. */
  #hasAskedForWork = false;
  #state: 'silent' | 'attached' | 'moving' | 'ending' = 'silent';
  #title = '';
  #isListener = false;
  /** Settled when calls are begun again; set while it is open which engine begins them. */
  #held: Promise<void> | undefined;
  /** Aborted when another engine goes on with what is movable, so that nothing waits for it here. */
  readonly #handedOver = new AbortController();
  readonly #events: EventOutlet;

  /** `onChange` hears when it attaches, and when what runs for it changes. */
  constructor(host: ControlHost, socket: Socket, onChange: () => void) {
    this.#onChange = onChange;
    this.#host = host;
    this.#socket = socket;
    this.#events = new EventOutlet({
      engine: host.engine,
      socket,
      send: (event, atMs) => this.#notify('event', { event, atMs }),
    });
    this.#rpc = new JsonRpcConnection({
      send: (text) => writeLine(socket, text),
      onRequest: (method, params, id) => this.#onRequest(method, params, id),
      onNotification: (method, params) => this.#onNotification(method, params),
      maxPending: MAX_CONTROL_CALLS,
      requestTimeoutMs: 0,
      onUnforeseen: host.onUnforeseen,
    });
    readLines(socket, (line) => this.#rpc.receive(line));
    socket.on('error', () => {
      // `close` follows and says the same.
    });
    socket.on('close', () => this.#onHungUp());
  }

  /** It has said hello. */
  get isAttached(): boolean {
    return this.#state !== 'silent';
  }

  /** It is in the middle of something until it hangs up: it does not only listen. */
  get isUser(): boolean {
    return this.isAttached && !this.#isListener;
  }

  /** What it does, for people; empty when it has not said. */
  get title(): string {
    return this.#title;
  }

  /** The downloads that it waits for, or is about to. */
  get awaitedDownloads(): ReadonlySet<string> {
    const awaited = [...this.#calls.values()].flatMap(({ downloadId: id }) => id ?? []);
    return new Set([...awaited, ...this.#unclaimed]);
  }

  /** It waits for downloads, which another engine can go on with. */
  get awaitsDownloads(): boolean {
    return this.#unclaimed.size > 0 || this.#elsewheres.includes('goes-on');
  }

  /** It waits for something that another engine can go on with, or begin anew. */
  get awaitsWork(): boolean {
    return this.awaitsDownloads || this.#hasAskedForWork;
  }

  /** Nothing runs for it but what another engine can go on with. */
  get isMovable(): boolean {
    return this.#elsewheres.every((elsewhere) => elsewhere === 'goes-on');
  }

  get #elsewheres(): Elsewhere[] {
    return [...this.#calls.values()].map(({ elsewhere }) => elsewhere);
  }

  /** What it asks for is begun, or refused, once `until` is settled. */
  hold(until: Promise<void>): void {
    this.#held = until;
  }

  /** Tells it that another engine takes over; what it asks for from now on is not begun here. */
  tellMoving(): void {
    if (this.#state !== 'attached') return;
    this.#state = 'moving';
    // Whoever started them asks the other engine for them.
    this.#unclaimed.clear();
    this.#notify('moving', {});
  }

  /** Resolves when it has hung up and nothing runs for it any more. */
  async gone(): Promise<void> {
    await this.#hungUp.promise;
    await this.#idle();
  }

  /** Tells it that everything here stands still, or goes on. */
  tellHalted(isHalted: boolean): void {
    if (this.isAttached) this.#notify('halted', { isHalted });
  }

  /** Ends its calls, tells it why, and hangs up. */
  async end(reason: CancelledError): Promise<void> {
    const isMoving = this.#state === 'moving';
    if (isMoving) this.#handedOver.abort(isClosing());
    else this.#state = 'ending';
    this.#notify('ending', { error: toWireError(reason) });
    for (const { controller, elsewhere } of this.#calls.values()) {
      if (!isMoving || elsewhere === 'ends') controller.abort(reason);
      else if (elsewhere === 'begins-anew') controller.abort(this.#handedOver.signal.reason);
    }
    await this.#idle();
    // The answers leave before the connection ends.
    await nextTurn();
    await this.#hangUp();
  }

  /** Lets what was written reach the caller, unless it does not read. */
  async #hangUp(): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(), LINK_CLOSE_TIMEOUT_MS);
    this.#socket.destroySoon();
    await this.#hungUp.promise;
    clearTimeout(timer);
  }

  async #onRequest(method: string, params: unknown, id: RpcId): Promise<unknown> {
    if (this.#isClosing) throw isClosing();
    if (method === HOLDER_REQUEST) return this.#holder();
    if (method === MAKE_ROOM_REQUEST) return this.#makeRoom();
    if (method === END_REQUEST) return this.#onEndAsked();
    if (this.#held !== undefined) {
      await this.#held;
      if (this.#isClosing) throw isClosing();
      if (this.#socket.destroyed) throw interrupted();
    }
    if (method === 'hello') return this.#onHello(params);
    if (this.#state === 'silent') throw versionsDiffer();
    if (method === 'events') return this.#onEventsWanted(params);
    if (this.#calls.has(id)) throw new TrackerError('BAD_REQUEST', 'this id is in use already');
    const running = this.#call(method, params, id);
    this.#track(running);
    return running;
  }

  get #isClosing(): boolean {
    return this.#state === 'ending' || this.#state === 'moving';
  }

  #onHello(params: unknown): Welcome {
    const hello = decodeHello(params);
    if (hello === undefined) throw versionsDiffer();
    if ('protocol' in hello && hello.protocol !== PROTOCOL_VERSION) throw otherProtocol();
    if ('version' in hello && hello.version !== API_VERSION) throw versionsDiffer();
    this.#state = 'attached';
    this.#title = hello.title;
    this.#isListener = hello.isListener;
    this.#onChange();
    const { isEngineStaying } = this.#host;
    const versions = { version: API_VERSION, protocol: PROTOCOL_VERSION };
    return { ...versions, programVersion: ownVersion(), isEngineStaying, pid: process.pid };
  }

  #holder(): Holder {
    const { isEngineStaying, isInBackground } = this.#host;
    return { pid: process.pid, isEngineStaying, isInBackground };
  }

  /** Whoever can open the socket is the user; what a terminal has is ended there. */
  #onEndAsked(): Record<string, never> {
    const { isInBackground, onEndAsked } = this.#host;
    if (!isInBackground) throw new TrackerError('BAD_REQUEST', 'it does not run in the background');
    onEndAsked();
    return {};
  }

  #makeRoom(): Record<string, never> {
    if (this.#host.onMakeRoom === undefined) throw versionsDiffer();
    this.#host.onMakeRoom();
    return {};
  }

  #onEventsWanted(params: unknown): Record<string, never> {
    const wanted = decodeEvents(params);
    if (wanted === undefined) throw versionsDiffer();
    this.#events.begin(wanted.scope);
    return {};
  }

  async #call(method: string, params: unknown, id: RpcId): Promise<unknown> {
    const controller = new AbortController();
    const elsewhere = ELSEWHERE.get(method) ?? 'ends';
    const downloadId = method === 'waitForDownload' ? downloadOf(params) : undefined;
    this.#calls.set(id, { controller, elsewhere, downloadId });
    if (elsewhere === 'begins-anew') this.#hasAskedForWork = true;
    if (method === 'waitForDownload' || method === 'cancelDownload') this.#claim(params);
    this.#onChange();
    try {
      const work = callApi(this.#host.engine, method, params, {
        signal: controller.signal,
        onProgress: (progress) => {
          const isReading = !this.#socket.writableNeedDrain;
          if (isReading && this.#calls.has(id)) this.#notify('progress', { call: id, progress });
        },
      });
      // The engine ends what is handed over as what it leaves unfinished, not as what nobody wants.
      const isLeft = elsewhere === 'goes-on';
      const result = await (isLeft ? untilAborted(this.#handedOver.signal, work) : work);
      if (method === 'startDownload' && !isDetached(params))
        this.#onDownloadStarted(String(result));
      return this.#inParts(id, result);
    } catch (error) {
      const told = this.#asToldToCallers(error);
      // However it has ended by that: the caller makes it at the other engine.
      const isLeftToOther =
        controller.signal.aborted && controller.signal.reason === this.#handedOver.signal.reason;
      throw isLeftToOther ? isClosing() : told;
    } finally {
      this.#calls.delete(id);
      this.#onChange();
    }
  }

  /** Sends a long result ahead of its answer. */
  #inParts(call: RpcId, result: unknown): unknown {
    const slices = slicesOf(result);
    if (slices.length === 0) return result;
    for (const text of slices) this.#notify('part', { call, text });
    return null;
  }

  #asToldToCallers(error: unknown): P2pError {
    if (error instanceof P2pError) return error;
    this.#host.onUnforeseen(error);
    return new TrackerError(
      'INTERNAL',
      `internal error; the output of the client that runs for this home (pid ${process.pid}) says more`,
    );
  }

  #claim(params: unknown): void {
    const id = downloadOf(params);
    if (id !== undefined) this.#unclaimed.delete(id);
  }

  #onDownloadStarted(id: string): void {
    if (this.#state === 'moving') return;
    if (this.#socket.destroyed) this.#cancelDownload(id);
    else this.#unclaimed.add(id);
  }

  /** A caller that hangs up between starting a download and waiting for it wants it no more. */
  #cancelDownload(id: string): void {
    // If it is over by now there is nothing to cancel, and that is all it can complain about.
    this.#track(this.#host.engine.cancelDownload(id));
  }

  /** Remembers work until it has settled; how it settled is told to the caller elsewhere. */
  #track(work: Promise<unknown>): void {
    const settled: Promise<unknown> = whenSettled(work).then(() => this.#running.delete(settled));
    this.#running.add(settled);
  }

  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #onNotification(method: string, params: unknown): void {
    const message = decodeFromCaller(method, params);
    switch (message?.method) {
      case 'cancel':
        this.#calls.get(message.params.call)?.controller.abort(interrupted());
        return;
      case 'eventsEnd':
        return this.#events.end();
      case undefined:
        return;
    }
  }

  #onHungUp(): void {
    this.#rpc.close(new CancelledError('the caller hung up'));
    this.#events.end();
    for (const { controller } of this.#calls.values()) controller.abort(interrupted());
    for (const id of this.#unclaimed) this.#cancelDownload(id);
    this.#unclaimed.clear();
    this.#hungUp.resolve(undefined);
  }

  #notify<N extends keyof EngineNotifications>(name: N, params: EngineNotifications[N]): void {
    this.#rpc.notify(name, params);
  }
}

function downloadOf(params: unknown): string | undefined {
  const { id } = params as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

/** Its caller may hang up. */
function isDetached(params: unknown): boolean {
  return (params as { readonly isDetached?: unknown }).isDetached === true;
}

function isClosing(): TrackerError {
  return new TrackerError('BUSY', 'the running client is closing; try again');
}

function interrupted(): CancelledError {
  return new CancelledError('interrupted', 'INTERRUPTED');
}
