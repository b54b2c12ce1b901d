/** A long list of which only the rows in sight are there. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const ROW_PX = 44;
/** Above and below what is in sight. */
const SPARE_ROWS = 6;

interface RowsProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly row: (item: T) => ComponentChildren;
  readonly label: string;
  readonly none: string;
}

export function Rows<T>({ items, keyOf, row, label, none }: RowsProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState(0);
  const [height, setHeight] = useState(400);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setHeight(current.clientHeight));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  if (items.length === 0) return <p class="none">{none}</p>;
  const first = Math.max(0, Math.min(from, items.length - 1) - SPARE_ROWS);
  const last = Math.min(items.length, from + Math.ceil(height / ROW_PX) + SPARE_ROWS);
  return (
    <div
      class="rows"
      ref={box}
      tabIndex={0}
      role="list"
      aria-label={`${label}, ${items.length}`}
      onScroll={({ currentTarget }) => setFrom(Math.floor(currentTarget.scrollTop / ROW_PX))}
    >
      <div style={{ height: `${first * ROW_PX}px` }} />
      {items.slice(first, last).map((item, index) => (
        <div
          class="row"
          role="listitem"
          key={keyOf(item)}
          aria-setsize={items.length}
          aria-posinset={first + index + 1}
        >
          {row(item)}
        </div>
      ))}
      <div style={{ height: `${(items.length - last) * ROW_PX}px` }} />
    </div>
  );
}
