/** Promises that are settled from outside, or whose outcome somebody else hears. */

/** A promise with its two ends. (Promise.withResolvers needs Node 22.) */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Resolves when a promise has settled; how it settled is for others to hear. */
export function whenSettled(promise: Promise<unknown> | undefined): Promise<void> {
  const done = (): undefined => undefined;
  return promise === undefined ? Promise.resolve() : promise.then(done, done);
}

/** Lets a promise be for now; whoever waits for it later hears how it went. */
export function leaveToWaiters(promise: Promise<unknown> | undefined): void {
  void whenSettled(promise);
}

/** A fresh, unsettled promise with its two ends. */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
