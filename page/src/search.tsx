/** Files by what is in their names, over all groups of the user. */
import { useState } from 'preact/hooks';
import type { FoundFile } from '../../src/net/tracker-api.js';
import { call } from './calls.js';
import { attempt } from './doing.js';
import { DestinationField, FileRowView, useDestination } from './files.js';
import { FilePanel } from './file-panel.js';
import { Rows } from './rows.js';
import { ANYTHING, SearchTermsFields, termsOf } from './search-terms.js';
import { shown } from './words.js';

interface Found {
  readonly files: readonly FoundFile[];
  readonly isComplete: boolean;
}

export function Search() {
  const [text, setText] = useState('');
  const [terms, setTerms] = useState(ANYTHING);
  const [found, setFound] = useState<Found>();
  const [open, setOpen] = useState<FoundFile>();
  const { destination, setFolder } = useDestination();
  const search = async (event: Event): Promise<void> => {
    event.preventDefault();
    const words = text.split(/\s+/).filter((word) => word !== '');
    setOpen(undefined);
    await attempt(async () => setFound(await call('search', { words, ...termsOf(terms) })));
  };
  return (
    <section aria-label="Search">
      <h2>Search all groups</h2>
      <form class="bar" onSubmit={(event) => void search(event)}>
        <label>
          Words in the name
          <input
            type="search"
            value={text}
            required
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <DestinationField destination={destination} setFolder={setFolder} />
        <button>Search</button>
        <SearchTermsFields terms={terms} setTerms={setTerms} />
      </form>
      {found ? (
        <Rows
          items={found.files}
          keyOf={({ groupId, name }) => `${groupId}/${name}`}
          label="Found"
          none="No file of your groups has that in its name."
          row={(file) => (
            <>
              <span class="extra">{shown(file.groupId)}</span>
              <FileRowView
                file={file}
                groupId={file.groupId}
                destination={destination}
                isOpen={file === open}
                onOpen={() => setOpen(file === open ? undefined : file)}
              />
            </>
          )}
        />
      ) : null}
      {open ? (
        <FilePanel file={open} groupId={open.groupId} destination={destination} mayLink />
      ) : null}
      {found && !found.isComplete ? <p>There are more; search for more words.</p> : null}
    </section>
  );
}
