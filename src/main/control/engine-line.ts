/**
 * The way to the engine of another process of this home, which may change hands: a call that an engine left
 * undone because another one takes over is made there, and events go on from there.
 */
import { leaveToWaiters } from '../../net/deferred.js';
import { CancelledError, P2pError, TrackerError } from '../../net/errors.js';
import { HAND_OVER_WAIT_MS } from '../../net/limits.js';
import type { ApiMethodName, ApiParams, ApiResult } from '../api/api-methods.js';
import type { EventScope, TimedEventListener } from '../api/client-events.js';
import { isDetail } from '../api/detail-events.js';
import type { Attached, ControlHome } from './attach.js';
import type { CallOptions, ControlLink } from './control-link.js';
import type { Greeting, Welcome } from './control-protocol.js';
import { nextEngine } from './next-engine.js';

/** What was answered, and the link to the engine that did. */
export interface Answered<M extends ApiMethodName> {
  readonly link: ControlLink;
  readonly result: ApiResult<M>;
}

export class EngineLine {
  readonly #home: ControlHome;
  readonly #greeting: Greeting;
  readonly #ended = new AbortController();
  readonly #hungUp = new AbortController();
  readonly #listeners = new Map<TimedEventListener, EventScope>();
  #link: ControlLink;
  #welcome: Welcome;
  /** Set while one engine has ended and the next is not there yet. */
  #moving: Promise<void> | undefined;
  #stopEvents: (() => void) | undefined;
  #onHalted: (isHalted: boolean) => void = () => undefined;
  #onMoved: () => void = () => undefined;
  /** Somebody has looked whether the engine insists on TLS, and it does: the one that takes over must as well. */
  insistsOnTls = false;

  constructor(home: ControlHome, greeting: Greeting, attached: Attached) {
    this.#home = home;
    this.#greeting = greeting;
    this.#link = attached.link;
    this.#welcome = attached.welcome;
    this.#attach(attached);
  }

  /** Of the process that has the engine. */
  get pid(): number {
    return this.#welcome.pid;
  }

  get isEngineStaying(): boolean {
    return this.#welcome.isEngineStaying;
  }

  /** Aborted when that engine is stopped or lost and none takes over; its reason is the error to end with. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves when the connection has ended, however. */
  get closed(): Promise<unknown> {
    return this.#link.closed;
  }

  /** Has one listener hear when that process is halted by Ctrl-Z, and when it goes on. */
  halts(listener: (isHalted: boolean) => void): void {
    this.#onHalted = listener;
  }

  /** Has one listener hear when the engine of another process has taken over. */
  moved(listener: () => void): void {
    this.#onMoved = listener;
  }

  /** Hangs up: what was asked for and is not done ends there; with a reason it ends here at once. */
  close(reason?: P2pError): void {
    // Whatever waits for the engine that takes over rejects with it.
    this.#hungUp.abort(reason ?? new CancelledError('the connection to the client was closed'));
    this.#link.close(reason);
  }

  events(listener: TimedEventListener, scope: EventScope): () => void {
    const own: TimedEventListener = (event, atMs) => listener(event, atMs);
    const isWider = !this.#scopes.has(scope) && !this.#scopes.has('all');
    this.#listeners.set(own, scope);
    if (isWider) this.#heed(this.#link);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#stopEvents?.();
      this.#stopEvents = undefined;
    };
  }

  get #scopes(): ReadonlySet<EventScope> {
    return new Set(this.#listeners.values());
  }

  #heed(link: ControlLink): void {
    if (this.#listeners.size === 0) return;
    const before = this.#stopEvents;
    this.#stopEvents = link.events(
      (event, atMs) => {
        for (const [listener, scope] of [...this.#listeners]) {
          if (scope === 'all' || !isDetail(event)) listener(event, atMs);
        }
      },
      this.#scopes.has('all') ? 'all' : 'news',
    );
    before?.();
  }

  #attach({ link, welcome }: Attached): void {
    this.#link = link;
    this.#welcome = welcome;
    link.halts((isHalted) => this.#onHalted(isHalted));
    link.moves(() => {
      this.#moving = this.#follow(link);
      // Whoever calls meanwhile hears of it, and so does whoever watches `ended`.
      leaveToWaiters(this.#moving);
    });
    const onEnded = (): void => this.#ended.abort(link.ended.reason);
    if (link.ended.aborted) onEnded();
    else link.ended.addEventListener('abort', onEnded, { once: true });
    this.#stopEvents = undefined;
    this.#heed(link);
  }

  /** Waits for the engine that takes over. @throws P2pError when none does */
  async #follow(old: ControlLink): Promise<void> {
    await old.closed;
    const late = AbortSignal.timeout(HAND_OVER_WAIT_MS);
    const signal = AbortSignal.any([late, this.#hungUp.signal]);
    try {
      await nextEngine(this.#home, this.#greeting, {
        ...{ signal, isTlsRequired: this.insistsOnTls },
        onThere: (attached) => {
          this.#moving = undefined;
          this.#attach(attached);
          this.#onMoved();
        },
      });
    } catch (thrown) {
      const error = late.aborted ? nobodyTookOver() : thrown;
      this.#ended.abort(error);
      throw error;
    }
  }

  /** The link to work with, once there is one. */
  async present(): Promise<ControlLink> {
    await this.#moving;
    return this.#link;
  }

  /**
   * A call that was refused, or left without an answer, because another engine takes over is made there: an engine
   * that hands over answers all that it has begun before it hangs up.
   */
  async call<M extends ApiMethodName>(
    method: M,
    params: ApiParams<M>,
    options?: CallOptions,
  ): Promise<ApiResult<M>> {
    return (await this.callAt(method, params, options)).result;
  }

  /** The same, with the link on which it was answered. */
  async callAt<M extends ApiMethodName>(
    method: M,
    params: ApiParams<M>,
    options?: CallOptions,
  ): Promise<Answered<M>> {
    for (;;) {
      const link = await this.present();
      try {
        return { link, result: await link.call(method, params, options) };
      } catch (error) {
        if (!link.isMoving || !isNotBegun(error)) throw error;
      }
    }
  }
}

function isNotBegun(error: unknown): boolean {
  return error instanceof P2pError && (error.code === 'BUSY' || error.code === 'CONNECTION_LOST');
}

function nobodyTookOver(): TrackerError {
  return new TrackerError(
    'CONNECTION_LOST',
    'the client that carried out this command has ended, and no other has taken over; run the command again',
  );
}
