/** What is searched for besides words: a kind, an ending, sizes and times. */
import type { FileSearch } from '../../src/net/tracker-api.js';
import { Choice, TextField } from './fields.js';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const KINDS = { any: 'files and folders', file: 'files', folder: 'folders' } as const;

export interface SearchTerms {
  readonly kind: keyof typeof KINDS;
  readonly ending: string;
  readonly minMib: string;
  readonly maxMib: string;
  readonly since: string;
  readonly until: string;
}

export const ANYTHING: SearchTerms = {
  ...{ kind: 'any', ending: '', minMib: '', maxMib: '', since: '', until: '' },
};

/** What is left out says nothing. */
export function termsOf(terms: SearchTerms): Omit<FileSearch, 'words' | 'groupIds'> {
  const { kind, ending, minMib, maxMib, since, until } = terms;
  const size = (text: string): number => Math.round(Number(text) * MIB);
  const moment = (text: string): number => new Date(`${text}T00:00`).getTime();
  return {
    ...(kind !== 'any' && { kind }),
    ...(ending.trim() && { ending: ending.trim().replace(/^\./, '') }),
    ...(minMib && { minSize: size(minMib) }),
    ...(maxMib && { maxSize: size(maxMib) }),
    ...(since && { sinceMs: moment(since) }),
    // All of that day is meant.
    ...(until && { untilMs: moment(until) + DAY_MS - 1 }),
  };
}

interface TermsProps {
  readonly terms: SearchTerms;
  readonly setTerms: (terms: SearchTerms) => void;
}

export function SearchTermsFields({ terms, setTerms }: TermsProps) {
  const set = (changed: Partial<SearchTerms>): void => setTerms({ ...terms, ...changed });
  return (
    <details>
      <summary>More about it</summary>
      <div class="bar">
        <Choice label="What" value={terms.kind} onValue={(kind) => set({ kind })} options={KINDS} />
        <TextField
          label="Its name ends in"
          placeholder="mkv"
          value={terms.ending}
          onValue={(ending) => set({ ending })}
        />
        <TextField
          label="At least (MiB)"
          type="number"
          min={0}
          value={terms.minMib}
          onValue={(minMib) => set({ minMib })}
        />
        <TextField
          label="At most (MiB)"
          type="number"
          min={0}
          value={terms.maxMib}
          onValue={(maxMib) => set({ maxMib })}
        />
        <TextField
          label="Shared since"
          type="date"
          value={terms.since}
          onValue={(since) => set({ since })}
        />
        <TextField
          label="Shared until"
          type="date"
          value={terms.until}
          onValue={(until) => set({ until })}
        />
      </div>
    </details>
  );
}
