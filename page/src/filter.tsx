/** Looks a list through by a word: the rows whose names have it, and the field for it. */
import { useMemo, useState } from 'preact/hooks';

export interface Filter<T> {
  readonly found: readonly T[];
  readonly word: string;
  readonly setWord: (word: string) => void;
}

export function useFilter<T>(
  items: readonly T[] | undefined,
  nameOf: (item: T) => string,
): Filter<T> {
  const [word, setWord] = useState('');
  // Once for a list, and not at each letter that is typed.
  const names = useMemo(() => (items ?? []).map((item) => nameOf(item).toLowerCase()), [items]);
  const found = useMemo(() => {
    const wanted = word.trim().toLowerCase();
    return (items ?? []).filter((_, index) => names[index]?.includes(wanted));
  }, [items, word]);
  return { found, word, setWord };
}

export function FilterField({ word, setWord }: Pick<Filter<unknown>, 'word' | 'setWord'>) {
  return (
    <label>
      Filter
      <input
        type="search"
        value={word}
        onInput={({ currentTarget }) => setWord(currentTarget.value)}
      />
    </label>
  );
}
