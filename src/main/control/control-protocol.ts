/**
 * What two processes of the same home say to each other over the control socket: JSON-RPC 2.0,
 * one message per line. The caller's first message is the request `hello`; then it calls the
 * methods of `api-methods.ts`, any number at a time, and `events` to hear what happens unasked.
 * What belongs to a call names it by the id of its request. Hanging up ends what the caller
 * asked for. docs/control.md is for who writes a caller, docs/architecture.md tells why; this file only gives shapes.
 */
import * as v from 'valibot';
import { TrackerError, type WireError } from '../../net/errors.js';
import type { RpcId } from '../../net/json-rpc-message.js';
import type { ClientEvent } from '../api/client-events.js';
import { PROTOCOL_VERSION } from '../api/engine-api.js';
import type { DownloadProgress, UploadProgress, VerifyProgress } from '../api/progress.js';
import type { FollowedFilesProgress } from '../api/followed-files.js';
import type { SyncProgress } from '../api/sync.js';

type AnyProgress =
  UploadProgress | DownloadProgress | VerifyProgress | SyncProgress | FollowedFilesProgress;

/** What a caller says of itself. */
export interface Greeting {
  /** What it does, for people. */
  readonly title: string;
  /** A command line is of the engine's own release; a program may be of another one. */
  readonly goesBy: 'version' | 'protocol';
  /** It has nothing done, so that nobody has to wait for it. @default false */
  readonly isListener?: boolean;
}

/** What the engine's side answers to `hello`. */
export interface Welcome {
  /** API_VERSION of the engine's side. */
  readonly version: number;
  /** PROTOCOL_VERSION of the engine's side. */
  readonly protocol: number;
  /** Which p2p it is, as `p2p --version` prints it. */
  readonly programVersion: string;
  /** It goes on after this caller (`serve`, `client`). */
  readonly isEngineStaying: boolean;
  readonly pid: number;
}

/** Notifications of the engine's side. */
export interface EngineNotifications {
  /** How far a call is; left out while the caller does not read. */
  progress: { readonly call: RpcId; readonly progress: AnyProgress };
  /** A slice of a result that is too long for one line; see long-result.ts. */
  part: { readonly call: RpcId; readonly text: string };
  /** When it happened is told in milliseconds since 1970. */
  event: { readonly event: ClientEvent; readonly atMs: number };
  /** Ctrl-Z has halted the engine's process, or it goes on. */
  halted: { readonly isHalted: boolean };
  /** Another engine of this home goes on with what is waited for; nothing else is begun here. */
  moving: Record<string, never>;
  /** The engine is being stopped: every call ends, and why. */
  ending: { readonly error: WireError };
}

/** Notifications of the caller's side. */
export interface CallerNotifications {
  /** Takes a call back; it is answered all the same. */
  cancel: { readonly call: RpcId };
  /** No more events. */
  eventsEnd: Record<string, never>;
}

const call = v.union([v.number(), v.string()]);
const error = v.object({ code: v.string(), message: v.string() });
const typed = v.looseObject({ type: v.string() });

const fromEngine = v.variant('method', [
  v.object({
    method: v.literal('progress'),
    params: v.object({ call, progress: v.looseObject({}) }),
  }),
  v.object({ method: v.literal('part'), params: v.object({ call, text: v.string() }) }),
  v.object({ method: v.literal('event'), params: v.object({ event: typed, atMs: v.number() }) }),
  v.object({ method: v.literal('halted'), params: v.object({ isHalted: v.boolean() }) }),
  v.object({ method: v.literal('moving'), params: v.object({}) }),
  v.object({ method: v.literal('ending'), params: v.object({ error }) }),
]);

const fromCaller = v.variant('method', [
  v.object({ method: v.literal('cancel'), params: v.object({ call }) }),
  v.object({ method: v.literal('eventsEnd'), params: v.object({}) }),
]);

const caller = {
  title: v.optional(v.string(), ''),
  /** It has nothing done, so that nobody has to wait for it. */
  isListener: v.optional(v.boolean(), false),
};
const helloParams = v.union([
  v.object({ version: v.number(), ...caller }),
  v.object({ protocol: v.number(), ...caller }),
]);
const eventsParams = v.object({ scope: v.optional(v.picklist(['news', 'all']), 'news') });
const welcome = v.object({
  version: v.number(),
  protocol: v.number(),
  programVersion: v.string(),
  isEngineStaying: v.boolean(),
  pid: v.pipe(v.number(), v.integer()),
});

/** A notification of the engine's side; undefined for one that this version does not know. */
export function decodeFromEngine(
  method: string,
  params: unknown,
): v.InferOutput<typeof fromEngine> | undefined {
  const parsed = v.safeParse(fromEngine, { method, params });
  return parsed.success ? parsed.output : undefined;
}

/** A notification of the caller's side; undefined for one that this version does not know. */
export function decodeFromCaller(
  method: string,
  params: unknown,
): v.InferOutput<typeof fromCaller> | undefined {
  const parsed = v.safeParse(fromCaller, { method, params });
  return parsed.success ? parsed.output : undefined;
}

/** What a caller says in `hello`: its version, or the protocol it goes by, and what it does, for people. */
export function decodeHello(params: unknown): v.InferOutput<typeof helloParams> | undefined {
  const parsed = v.safeParse(helloParams, params);
  return parsed.success ? parsed.output : undefined;
}

/** How much a caller wants to hear; undefined for what no version of ours would say. */
export function decodeEvents(params: unknown): v.InferOutput<typeof eventsParams> | undefined {
  const parsed = v.safeParse(eventsParams, params);
  return parsed.success ? parsed.output : undefined;
}

/** The answer to `hello`; undefined for what no version of ours would say. */
export function decodeWelcome(result: unknown): Welcome | undefined {
  const parsed = v.safeParse(welcome, result);
  return parsed.success ? parsed.output : undefined;
}

/** What a program goes by that was made for another protocol. */
export function otherProtocol(): TrackerError {
  return new TrackerError(
    'UNSUPPORTED_VERSION',
    `this client speaks protocol ${PROTOCOL_VERSION}; the program needs a version of it for that`,
  );
}

/** The two processes are of different versions. */
export function versionsDiffer(): TrackerError {
  return new TrackerError(
    'BAD_REQUEST',
    'the command line and the running client differ; update both, then stop the running one and start it again',
  );
}
