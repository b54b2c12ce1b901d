/** What is in a folder of a group, page by page; what is chosen of it becomes a pattern each. */
import { useState } from 'preact/hooks';
import type { FolderPage } from '../../src/main/api/folder-page.js';
import { call } from './calls.js';
import { Do } from './doing.js';
import { linesOf } from './fields.js';
import { FilterField, useFilter } from './filter.js';
import { Rows } from './rows.js';
import { bytes, shown } from './words.js';

interface FolderContentProps {
  readonly groupId: string;
  readonly fileName: string;
  /** Patterns, a line each. */
  readonly only: string;
  readonly setOnly: (only: string) => void;
}

type Entry = FolderPage['entries'][number];

export function FolderContent({ groupId, fileName, only, setOnly }: FolderContentProps) {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [next, setNext] = useState<FolderPage['next'] | 'begin'>('begin');
  const { found, word, setWord } = useFilter(entries, ({ path }) => path);
  const more = async (): Promise<void> => {
    const from = next === 'begin' || next === undefined ? {} : { from: next };
    const page = await call('listFolder', { groupId, fileName, ...from });
    setEntries((all) => [...all, ...page.entries]);
    setNext(page.next);
  };
  const patterns = new Set(linesOf(only));
  const toggle = (pattern: string): void => {
    if (!patterns.delete(pattern)) patterns.add(pattern);
    setOnly([...patterns].join('\n'));
  };
  return (
    <>
      {entries.length > 0 ? (
        <>
          <FilterField word={word} setWord={setWord} />
          <Rows
            items={found}
            keyOf={({ path }) => path}
            label="In the folder"
            none="Nothing of it has that in its name."
            row={(entry) => (
              <Row
                entry={entry}
                isChosen={patterns.has(patternOf(entry.path))}
                onToggle={() => toggle(patternOf(entry.path))}
              />
            )}
          />
        </>
      ) : null}
      {next === undefined ? null : (
        <p>
          <Do work={more}>{next === 'begin' ? 'Choose of what is in it…' : 'Show more of it'}</Do>
        </p>
      )}
    </>
  );
}

interface RowProps {
  readonly entry: Entry;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}

function Row({ entry: { path, size }, isChosen, onToggle }: RowProps) {
  return (
    <>
      <input
        type="checkbox"
        checked={isChosen}
        aria-label={`Only ${shown(path)}`}
        onChange={onToggle}
      />
      <span class="name" title={shown(path)}>
        {shown(path)}
      </span>
      <span class="figure">{bytes(size)}</span>
    </>
  );
}

/** The pattern that means this path alone: what means something else in a pattern is a letter of it. */
export function patternOf(path: string): string {
  return `/${path.replace(/[\\*?[\] ]/g, '\\$&')}`;
}
