/**
 * Waits for several things that run beside each other in a turn, all of them, before it throws what the one says that
 * failed before the others: a turn that has ended must not go on in one of them, with the statements of the next one behind
 * it, and what fails behind a statement that failed may do so only because of that.
 */
export async function together<T extends readonly unknown[]>(
  ...works: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  let first: { readonly reason: unknown } | undefined;
  for (const work of works) work.catch((reason: unknown) => void (first ??= { reason }));
  await Promise.allSettled(works);
  if (first) throw first.reason;
  return Promise.all(works);
}
