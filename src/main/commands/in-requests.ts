/**
 * Work on many names in few requests: the first name of a slice asks for all of it, the others find their answers there.
 * What such an answer leaves out is asked for by itself, so that whoever named it hears why.
 */
import { P2pError, TrackerError } from '../../net/errors.js';
import { MAX_FAILURES_LISTED, MAX_NAMES_AT_ONCE } from '../../net/limits.js';

/** What became of each name of a request; those that are left out are not what was to be worked on. */
export type Answers<Result> = ReadonlyMap<string, Result | P2pError>;

export interface Requests<Result> {
  /** Of up to MAX_NAMES_AT_ONCE names. @throws P2pError when it could not be done of any */
  readonly several: (names: readonly string[]) => Promise<Answers<Result>>;
  readonly one: (name: string) => Promise<Result>;
  /** What is said of a name that is left out, once too many were asked for by themselves. */
  readonly leftOut: (name: string) => TrackerError;
}

/** Answers how one of the names is worked on; each is asked for once, in their order. */
export function inRequests<Result>(
  names: readonly string[],
  { several, one, leftOut }: Requests<Result>,
): (name: string) => Promise<Result> {
  if (names.length === 1) return one;
  const sliceOf = new Map(names.map((name, at) => [name, Math.floor(at / MAX_NAMES_AT_ONCE)]));
  const asked = new Map<number, Promise<Answers<Result>>>();
  let askedAlone = 0;
  return async (name) => {
    const slice = sliceOf.get(name) ?? 0;
    const first = slice * MAX_NAMES_AT_ONCE;
    const answers =
      asked.get(slice) ?? orNone(several(names.slice(first, first + MAX_NAMES_AT_ONCE)));
    asked.set(slice, answers);
    const answer = (await answers).get(name);
    if (answer === undefined) {
      if (++askedAlone > MAX_FAILURES_LISTED) throw leftOut(name);
      return one(name);
    }
    if (answer instanceof P2pError) throw answer;
    return answer;
  };
}

/** That none of them is there says nothing of each. */
async function orNone<Result>(asking: Promise<Answers<Result>>): Promise<Answers<Result>> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof TrackerError && error.code === 'NO_SUCH_DOWNLOAD') return new Map();
    throw error;
  }
}
