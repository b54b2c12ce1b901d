/** Calls of the page to the client that shows it, in lines of JSON; and what happens there. */
import type { ApiMethodName, ApiParams, ApiResult } from '../../src/main/api/api-methods.js';
import type { ClientEvent } from '../../src/main/api/client-events.js';

/** A refusal, with its code and a sentence that says what to do. */
export class CallError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Line = {
  readonly progress?: unknown;
  readonly result?: unknown;
  readonly tag?: string;
  /** The answer is what its asker knows. */
  readonly same?: boolean;
  readonly event?: ClientEvent;
  readonly error?: { readonly code: string; readonly message: string };
};

const KEY = 'p2p-page-key';
const RETRY_MS = 2_000;

/** The page's key came behind the # of the address; from then on only this place has it. */
export function takeKey(): void {
  const key = location.hash.slice(1);
  if (key.length > 20) {
    localStorage.setItem(KEY, key);
    history.replaceState(null, '', location.pathname);
  }
}

/** What a script of this place says with each call. */
export function pageKey(): string {
  return localStorage.getItem(KEY) ?? '';
}

interface Asking {
  readonly signal?: AbortSignal;
  /** The tag of what is known of the answer, see known-answer.ts. */
  readonly known?: string;
}

async function* linesOf(
  path: string,
  params: unknown,
  { signal, known }: Asking = {},
): AsyncGenerator<Line> {
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'p2p-page': pageKey(),
        ...(known !== undefined && { 'p2p-known': known }),
      },
      body: JSON.stringify(params),
      ...(signal && { signal }),
    });
  } catch {
    throw new CallError('GONE', 'p2p does not answer here any more; start it again with: p2p web');
  }
  if (!response.ok || !response.body) {
    const code = response.status === 401 ? 'NOT_LOGGED_IN_HERE' : 'REFUSED';
    throw new CallError(code, (await response.text()).trim());
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  // Of a line that is not whole yet: a long one comes in many parts, and none is looked through twice.
  let begun: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const [first = '', ...further] = value.split('\n');
    begun.push(first);
    for (const next of further) {
      yield JSON.parse(begun.join('')) as Line;
      begun = [next];
    }
  }
}

/** The line that answers. */
async function answerOf(
  path: string,
  params: unknown,
  onProgress: (progress: unknown) => void,
  asking?: Asking,
): Promise<Line> {
  for await (const line of linesOf(path, params, asking)) {
    const { progress, error } = line;
    if (error) throw new CallError(error.code, error.message);
    if (line.result !== undefined || line.same) return line;
    if (progress !== undefined) onProgress(progress);
  }
  throw new CallError('GONE', 'p2p went away before it answered');
}

/** Asks the engine, by a method of EngineApi. @throws CallError */
export async function call<M extends ApiMethodName>(
  method: M,
  params: ApiParams<M>,
  onProgress: (progress: unknown) => void = () => undefined,
): Promise<ApiResult<M>> {
  return (await answerOf(`engine/${method}`, params, onProgress)).result as ApiResult<M>;
}

/** What was answered the last time, by what was asked; the one that was longest not asked for goes first. */
const answers = new Map<string, { readonly tag: string; readonly result: unknown }>();
const MAX_ANSWERS = 16;

/** As `call`, for what is asked again and again: as long as the answer is the same it is the very same object. */
export async function look<M extends ApiMethodName>(
  method: M,
  params: ApiParams<M>,
): Promise<ApiResult<M>> {
  const key = `${method} ${JSON.stringify(params)}`;
  const last = answers.get(key);
  const asking = { known: last?.tag ?? '' };
  const {
    same,
    tag = '',
    result,
  } = await answerOf(`engine/${method}`, params, () => undefined, asking);
  const answer = same && last ? last : { tag, result };
  answers.delete(key);
  answers.set(key, answer);
  const [oldest] = answers.keys();
  if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
  return answer.result as ApiResult<M>;
}

/** What the page alone asks for; see page-calls.ts. @throws CallError */
export async function askPage<T>(name: string, params: unknown = {}): Promise<T> {
  return (await answerOf(`page/${name}`, params, () => undefined)).result as T;
}

/** Ends this browser's login. */
export async function logOutHere(): Promise<void> {
  await fetch('/api/page/logout', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'p2p-page': pageKey() },
    body: '{}',
  });
  localStorage.removeItem(KEY);
  location.reload();
}

/** Resolves when somebody looks at the page. */
function whenSeen(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    look();
  });
}

/** Hears what happens from now on, while somebody looks at the page. */
export async function hearEvents(
  onEvent: (event: ClientEvent) => void,
  onConnected: (isConnected: boolean) => void,
): Promise<never> {
  for (;;) {
    // A browser takes few connections to one place, and each tab that listens would hold one.
    await whenSeen();
    const unseen = new AbortController();
    const stop = (): void => {
      if (document.hidden) unseen.abort();
    };
    document.addEventListener('visibilitychange', stop);
    try {
      for await (const { event } of linesOf('events', {}, { signal: unseen.signal })) {
        onConnected(true);
        if (event) onEvent(event);
      }
    } catch {
      // It is asked again below.
    } finally {
      document.removeEventListener('visibilitychange', stop);
    }
    if (unseen.signal.aborted) continue;
    onConnected(false);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
