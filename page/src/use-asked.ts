/** What a part of the page asked for: again when its key changes, when it is told to, and now and then. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { CallError } from './calls.js';

export interface Asked<T> {
  readonly value: T | undefined;
  readonly error: CallError | undefined;
  readonly again: () => void;
}

/** `everyMs` 0 asks once. What comes for an earlier key is dropped. */
export function useAsked<T>(key: string, ask: () => Promise<T>, everyMs = 0): Asked<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: CallError }>({ key });
  const asking = useRef(ask);
  asking.current = ask;
  const current = useRef(key);
  current.current = key;
  const again = useCallback(() => {
    asking.current().then(
      (value) => current.current === key && setState({ key, value }),
      (error: CallError) =>
        current.current === key && setState((last) => ({ ...last, key, error })),
    );
  }, [key]);
  useEffect(() => {
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
