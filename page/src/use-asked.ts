/** What a part of the page asked for: again when its key changes, when it is told to, and now and then. */
import {
  useCallback,
  useEffect,
  useRef,
  useState,
  type Dispatch,
  type StateUpdater,
} from 'preact/hooks';
import type { CallError } from './calls.js';

/** Between two looks, however often something happens. */
const PAUSE_MS = 300;

export interface Asked<T> {
  readonly value: T | undefined;
  readonly error: CallError | undefined;
  readonly again: () => void;
}

/** `everyMs` 0 asks once. What comes for an earlier key is dropped. */
export function useAsked<T>(key: string, ask: () => Promise<T>, everyMs = 0): Asked<T> {
  const [state, setState] = useState<State<T>>({ key });
  const asking = useRef(ask);
  asking.current = ask;
  const current = useRef(key);
  current.current = key;
  /** Set while one is asked for; `again`: it was wanted once more meanwhile. */
  const running = useRef<{ again: boolean } | undefined>(undefined);
  const again = useCallback(() => {
    if (running.current) {
      running.current.again = true;
      return;
    }
    const one = { again: false };
    running.current = one;
    const isWanted = (): boolean => current.current === key;
    void look(asking.current, isWanted, setState, key).then(() => {
      if (running.current !== one) return;
      running.current = undefined;
      if (one.again && isWanted()) again();
    });
  }, [key]);
  useEffect(() => {
    // What was asked for under another key is not waited for.
    running.current = undefined;
    again();
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    again,
  };
}

type State<T> = { key: string; value?: T; error?: CallError };

/** One look and the pause after it; never rejects. */
async function look<T>(
  ask: () => Promise<T>,
  isWanted: () => boolean,
  setState: Dispatch<StateUpdater<State<T>>>,
  key: string,
): Promise<void> {
  try {
    const value = await ask();
    // What is the very same is not drawn anew.
    if (isWanted()) {
      setState((last) =>
        last.key === key && last.value === value && !last.error ? last : { key, value },
      );
    }
  } catch (error) {
    if (isWanted()) setState((last) => ({ ...last, key, error: error as CallError }));
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
