/**
 * Waits for several things that run beside each other in a turn, all of them, before it throws what the first one that
 * failed says: a turn that has ended must not go on in one of them, with the statements of the next one behind it.
 */
export async function together<T extends readonly unknown[]>(
  ...works: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const ends = await Promise.allSettled(works);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  }) as unknown as T;
}
