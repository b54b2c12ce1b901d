/**
 * The messages of JSON-RPC 2.0 (https://www.jsonrpc.org/specification) as text and back.
 * Pure. Batches are not spoken. Our own errors travel as code -32000 with their stable code
 * in `data.code`; the size of a text is bounded by the transport that carries it.
 */
import { fromWireError, TrackerError, type P2pError, type WireError } from './errors.js';
import { MAX_RETRY_AFTER_MS } from './limits.js';

/** What correlates an answer with its request. */
export type RpcId = number | string;

/** A decoded message, or how to answer one that is malformed. */
export type RpcMessage =
  | {
      readonly kind: 'request';
      readonly id: RpcId;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: RpcId; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: RpcId; readonly error: P2pError }
  /** An answer that cannot be read or belongs to nothing: answering it could go on for ever. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'malformed'; readonly reply: string };

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
/** Method not found, invalid params. */
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
/** An error of ours; its code is in `data.code`. */
const APPLICATION_ERROR = -32000;

/** Encodes a request. */
export function encodeRequest(id: RpcId, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** Encodes a notification. */
export function encodeNotification(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** Encodes a result; `undefined` travels as null. */
export function encodeResult(id: RpcId, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null });
}

/** Encodes one of our errors as the answer to a request. */
export function encodeError(id: RpcId, error: WireError, retryAfterMs?: number): string {
  const data = { code: error.code, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return encodeFailure(id, APPLICATION_ERROR, error.message, data);
}

/** Decodes one message; never throws. Absent params become `{}`. */
export function decodeMessage(text: string): RpcMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed(null, PARSE_ERROR, 'this is not JSON');
  }
  if (!isObject(value))
    return malformed(null, INVALID_REQUEST, 'this is not a JSON-RPC 2.0 message');
  if ('method' in value) return decodeRequest(value);
  if ('result' in value || 'error' in value) return decodeAnswer(value);
  return malformed(idOf(value), INVALID_REQUEST, 'this is not a JSON-RPC 2.0 message');
}

function decodeRequest(value: Record<string, unknown>): RpcMessage {
  const { jsonrpc, method, params = {} } = value;
  const id = idOf(value);
  const areParamsValid = typeof params === 'object' && params !== null;
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !areParamsValid) {
    return malformed(id, INVALID_REQUEST, 'this is not a JSON-RPC 2.0 request');
  }
  if (!('id' in value)) return { kind: 'notification', method, params };
  if (id === null) return malformed(null, INVALID_REQUEST, 'an id must be a number or a string');
  return { kind: 'request', id, method, params };
}

function decodeAnswer(value: Record<string, unknown>): RpcMessage {
  const id = idOf(value);
  if (value['jsonrpc'] !== '2.0' || id === null) return { kind: 'ignored' };
  if (!('error' in value)) return { kind: 'result', id, result: value['result'] };
  return { kind: 'error', id, error: decodeError(value['error']) };
}

function decodeError(told: unknown): P2pError {
  if (!isObject(told)) return fromWireError({ code: undefined, message: undefined });
  const { code, message, data } = told;
  const error = fromWireError({
    code: isObject(data) ? data['code'] : standardCode(code),
    message,
  });
  const retryAfterMs = isObject(data) ? data['retryAfterMs'] : undefined;
  if (!(error instanceof TrackerError) || !isRetryTime(retryAfterMs)) return error;
  return new TrackerError(error.code, error.message, { retryAfterMs });
}

function isRetryTime(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RETRY_AFTER_MS
  );
}

function standardCode(code: unknown): string {
  const isOurFault =
    code === PARSE_ERROR ||
    code === INVALID_REQUEST ||
    code === METHOD_NOT_FOUND ||
    code === INVALID_PARAMS;
  return isOurFault ? 'BAD_REQUEST' : 'INTERNAL';
}

function malformed(id: RpcId | null, code: number, message: string): RpcMessage {
  return { kind: 'malformed', reply: encodeFailure(id, code, message) };
}

function encodeFailure(id: RpcId | null, code: number, message: string, data?: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });
}

function idOf(value: Record<string, unknown>): RpcId | null {
  const { id } = value;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
