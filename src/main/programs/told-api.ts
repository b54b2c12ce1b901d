/**
 * The methods of an engine as plain functions, so that nobody gets more of it than its interface says. What a program
 * has listen is not trusted: what it throws is an uncaught error of the program, after the step of the engine.
 */
import { UsageError } from '../../net/errors.js';
import { apiMethods } from '../api/api-methods.js';
import type { EngineApi } from '../api/engine-api.js';

type Listened = 'upload' | 'verify' | 'waitForDownload' | 'followFiles';

/** An engine as programs have it: whoever does not want to hear how far something is leaves the listener out. */
export interface ToldApi extends EngineApi {
  upload(...asked: Partly<'upload'>): ReturnType<EngineApi['upload']>;
  verify(...asked: Partly<'verify'>): ReturnType<EngineApi['verify']>;
  waitForDownload(...asked: Partly<'waitForDownload'>): ReturnType<EngineApi['waitForDownload']>;
  followFiles(...asked: Partly<'followFiles'>): ReturnType<EngineApi['followFiles']>;
}

type Partly<M extends Listened> = [
  request: Parameters<EngineApi[M]>[0],
  onProgress?: Parameters<EngineApi[M]>[1],
];

/** All that can be asked of `engine`, and nothing else of it. */
export function toldApi(engine: EngineApi): ToldApi {
  const names = Object.keys(apiMethods) as (keyof typeof apiMethods)[];
  const plain = Object.fromEntries(names.map((name) => [name, engine[name].bind(engine)]));
  return {
    ...(plain as unknown as EngineApi),
    upload: async (request, onProgress) => engine.upload(request, guarded(onProgress)),
    verify: async (request, onProgress) => engine.verify(request, guarded(onProgress)),
    followFiles: async (request, onProgress) => engine.followFiles(request, guarded(onProgress)),
    waitForDownload: async (id, onProgress) => engine.waitForDownload(id, guarded(onProgress)),
    events: (listener, scope) => engine.events(guarded(requireListener(listener)), scope),
  };
}

/** @throws UsageError */
function requireListener<L>(listener: L | undefined): L {
  if (listener !== undefined) return listener;
  throw new UsageError('events takes a function that hears of them');
}

/** A listener that never throws into the engine. @throws UsageError when it is none */
function guarded<A extends unknown[]>(
  listener: ((...told: A) => void) | undefined,
): (...told: A) => void {
  if (listener === undefined) return () => undefined;
  if (typeof listener !== 'function') throw new UsageError('what listens is not a function');
  return (...told) => {
    try {
      listener(...told);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
