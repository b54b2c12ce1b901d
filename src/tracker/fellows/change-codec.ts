/**
 * A committed change as the other trackers on the same database are told of it: what it touched of what may be kept in
 * memory, and the effects that are felt there too. A change with many effects is told in several entries, one behind the
 * other; the last one names the change, by which its own tracker knows it again. Pure.
 */
import { TrackerError } from '../../net/errors.js';
import { MAX_EFFECTS_PER_OUTBOX_ROW } from '../../net/limits.js';
import type { Effect } from '../effects.js';
import type { Touched } from '../view/touched.js';

/** A part of a change, or all of it. */
export interface ToldChange {
  /** Among those of its tracker; undefined of a part behind which more comes. */
  readonly id: number | undefined;
  readonly touched: readonly Touched[];
  readonly effects: readonly Effect[];
}

/** Whether another tracker than that of the connection does anything about it: a table that says so of each. */
const isToldOf: Readonly<Record<Effect['type'], boolean>> = {
  'login-begun': false,
  'login-ended': true,
  'logins-ended': true,
  'group-created': true,
  'join-requested': true,
  'invite-redeemed': true,
  'request-rejected': true,
  'member-joined': true,
  'member-removed': true,
  banned: true,
  'member-barred': true,
  'role-changed': true,
  'epoch-risen': true,
  'content-replaced': true,
  'content-gone': true,
  'files-changed': true,
  'offer-begun': false,
  'offer-ended': true,
  'device-online': false,
  'description-stored': false,
  // The tracker that is told of it does it; others find it when that one is gone.
  'removal-pending': false,
};

const VERSION = 1;

/** The entries of a change, in order; none when nobody else is concerned. */
export function encodeChange(
  id: number,
  touched: readonly Touched[],
  effects: readonly Effect[],
): string[] {
  const told = effects.filter(({ type }) => isToldOf[type]);
  if (touched.length + told.length === 0) return [];
  const parts: string[] = [];
  let [restTouched, restTold] = [distinct(touched), told];
  do {
    const nowTouched = restTouched.slice(0, MAX_EFFECTS_PER_OUTBOX_ROW);
    const nowTold = restTold.slice(0, MAX_EFFECTS_PER_OUTBOX_ROW);
    restTouched = restTouched.slice(nowTouched.length);
    restTold = restTold.slice(nowTold.length);
    const isLast = restTouched.length + restTold.length === 0;
    parts.push(
      JSON.stringify({
        v: VERSION,
        ...(isLast && { id }),
        touched: nowTouched,
        effects: nowTold,
      }),
    );
  } while (restTouched.length + restTold.length > 0);
  return parts;
}

/**
 * What an entry says; undefined when it is of a version, or tells of something, that is not known here.
 * @throws TRACKER_STORAGE when it is damaged
 */
export function decodeChange(entry: string): ToldChange | undefined {
  const { v, id, touched, effects } = fieldsOf(entry);
  if (v !== VERSION) return undefined;
  const isNamed = id === undefined || Number.isSafeInteger(id);
  if (!isNamed || !isList(touched) || !isList(effects)) throw damagedEntry();
  const isKnown = effects.every(
    ({ type }) => typeof type === 'string' && Object.hasOwn(isToldOf, type),
  );
  if (!isKnown) return undefined;
  return {
    id: id as number | undefined,
    touched: touched as unknown as readonly Touched[],
    effects: effects as unknown as readonly Effect[],
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(entry: string): Fields {
  try {
    const value = JSON.parse(entry) as unknown;
    if (isObject(value)) return value;
  } catch (error) {
    throw damagedEntry(error);
  }
  throw damagedEntry();
}

function damagedEntry(cause?: unknown): TrackerError {
  return new TrackerError('TRACKER_STORAGE', 'an entry of the outbox is damaged', { cause });
}

function isList(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every(isObject);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** A turn may touch the same again and again. */
function distinct(touched: readonly Touched[]): readonly Touched[] {
  return [...new Map(touched.map((one) => [JSON.stringify(one), one])).values()];
}
