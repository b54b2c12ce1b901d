/**
 * What a command line and the running engine of the same home say to each other over the
 * control socket: JSON-RPC 2.0, one message per line. One connection carries one command:
 * `run` is answered as soon as the command is accepted, its output comes as notifications,
 * and `ended` is the last of them. `cancel` asks it to end early; so does hanging up.
 */
import * as v from 'valibot';
import { TrackerError, type WireError } from '../../net/errors.js';
import type { Given } from '../cli/command.js';
import type { Cell, Column, ProgressView } from '../terminal/output.js';

/** The params of `run`. */
export interface RunParams extends Given {
  readonly verb: string;
}

/** Notifications of the engine's side, in the order in which they must be shown. */
export interface ControlNotifications {
  /** Rows of a list, in as many parts as it takes. */
  rows: { readonly rows: readonly (readonly Cell[])[] };
  listEnd: { readonly columns: readonly Column[] };
  result: {
    readonly value: unknown;
    readonly lines: readonly string[];
    readonly more: readonly string[];
  };
  note: { readonly line: string };
  /** Null takes the progress away. */
  progress: { readonly view: ProgressView | null };
  /** Null: the command succeeded. */
  ended: { readonly error: WireError | null };
}

export type ControlNotification = keyof ControlNotifications;

const runParams = v.object({
  verb: v.string(),
  args: v.record(v.string(), v.string()),
  further: v.exactOptional(v.array(v.string())),
  options: v.record(v.string(), v.union([v.string(), v.boolean()])),
});

const cell = v.union([v.string(), v.number()]);
const column = v.object({ name: v.string(), kind: v.optional(v.picklist(['text', 'bytes'])) });
const progressView = v.object({
  title: v.string(),
  size: v.number(),
  done: v.number(),
  bytesPerSecond: v.number(),
  detail: v.string(),
});

const notifications = v.variant('method', [
  v.object({
    method: v.literal('rows'),
    params: v.object({ rows: v.array(v.array(cell)) }),
  }),
  v.object({ method: v.literal('listEnd'), params: v.object({ columns: v.array(column) }) }),
  v.object({
    method: v.literal('result'),
    params: v.object({
      value: v.unknown(),
      lines: v.array(v.string()),
      more: v.array(v.string()),
    }),
  }),
  v.object({ method: v.literal('note'), params: v.object({ line: v.string() }) }),
  v.object({
    method: v.literal('progress'),
    params: v.object({ view: v.nullable(progressView) }),
  }),
  v.object({
    method: v.literal('ended'),
    params: v.object({ error: v.nullable(v.object({ code: v.string(), message: v.string() })) }),
  }),
]);

export type DecodedNotification = v.InferOutput<typeof notifications>;

/** Checks the params of `run`. @throws TrackerError BAD_REQUEST */
export function decodeRunParams(params: unknown): RunParams {
  const parsed = v.safeParse(runParams, params);
  if (parsed.success) return parsed.output;
  throw new TrackerError(
    'BAD_REQUEST',
    'the command line and the running client differ; update both',
  );
}

/** Checks a notification; undefined for one that this version does not know. */
export function decodeNotification(
  method: string,
  params: unknown,
): DecodedNotification | undefined {
  const parsed = v.safeParse(notifications, { method, params });
  return parsed.success ? parsed.output : undefined;
}
