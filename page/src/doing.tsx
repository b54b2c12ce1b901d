/** What somebody did on the page: a button that works until its call is answered, and what came of it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { shown } from './words.js';

let say: (line: string, isError: boolean) => void = () => undefined;

/** Where all parts of the page say what came of something. */
export function onSaid(listener: (line: string, isError: boolean) => void): void {
  say = listener;
}

/** Tells it below the page's head, and to a screen reader. */
export function tell(line: string, isError = false): void {
  say(shown(line, 1_000), isError);
}

/** Does it, and tells why it failed if it did; answers whether it was done. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done !== undefined) tell(done);
    return true;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error), true);
    return false;
  }
}

interface DoProps {
  readonly work: () => Promise<unknown>;
  readonly done?: string;
  /** What somebody has to say yes to before. */
  readonly sure?: string;
  readonly label?: string;
  readonly then?: () => void;
  readonly children: ComponentChildren;
}

export function Do({ work, done, sure, label, then, children }: DoProps) {
  const [isBusy, setBusy] = useState(false);
  const onClick = async (): Promise<void> => {
    if (sure !== undefined && !confirm(sure)) return;
    setBusy(true);
    await attempt(work, done);
    setBusy(false);
    then?.();
  };
  return (
    <button type="button" disabled={isBusy} aria-label={label} onClick={() => void onClick()}>
      {children}
    </button>
  );
}
