/** The files of a group: looked through by a word, downloaded, shared. */
import { useState } from 'preact/hooks';
import type { FileRow } from '../../src/net/tracker-api.js';
import { askPage, call, look } from './calls.js';
import { Do } from './doing.js';
import type { GroupPart } from './group-part.js';
import { FilePanel } from './file-panel.js';
import { FilterField, useFilter } from './filter.js';
import { Rows } from './rows.js';
import { Share } from './share-form.js';
import { useAsked } from './use-asked.js';
import { bytes, shown, time } from './words.js';

const REFRESH_MS = 10_000;

export function Files({ groupId, role }: GroupPart) {
  const files = useAsked(groupId, () => look('listFiles', { groupId }), REFRESH_MS);
  const { destination, setFolder } = useDestination();
  const { found, word, setWord } = useFilter(files.value, ({ name }) => name);
  const [open, setOpen] = useState<string>();
  const chosen = open === undefined ? undefined : found.find(({ name }) => name === open);
  return (
    <>
      <div class="bar">
        <FilterField word={word} setWord={setWord} />
        <DestinationField destination={destination} setFolder={setFolder} />
      </div>
      {files.error ? <p class="error">{shown(files.error.message)}</p> : null}
      <Rows
        items={found}
        keyOf={({ name }) => name}
        label="Files"
        none={files.value ? 'No file here.' : '…'}
        row={(file) => (
          <FileRowView
            file={file}
            groupId={groupId}
            destination={destination}
            isOpen={file.name === open}
            onOpen={() => setOpen(file.name === open ? undefined : file.name)}
          />
        )}
      />
      {chosen ? (
        <FilePanel
          file={chosen}
          groupId={groupId}
          destination={destination}
          mayLink={role !== 'reader'}
        />
      ) : null}
      {role === 'reader' ? null : <Share groupId={groupId} onShared={files.again} />}
    </>
  );
}

interface Destination {
  /** Absolute. */
  readonly destination: string;
  readonly setFolder: (folder: string) => void;
}

/** Where downloads go that are begun here. */
export function useDestination(): Destination {
  const place = useAsked('place', () => askPage<{ folder: string }>('place'));
  const [folder, setFolder] = useState<string>();
  return { destination: folder ?? place.value?.folder ?? '', setFolder };
}

export function DestinationField({ destination, setFolder }: Destination) {
  return (
    <label>
      Download into (absolute)
      <input value={destination} onInput={({ currentTarget }) => setFolder(currentTarget.value)} />
    </label>
  );
}

interface FileProps {
  readonly file: FileRow;
  readonly groupId: string;
  readonly destination: string;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}

export function FileRowView({ file, groupId, destination, isOpen, onOpen }: FileProps) {
  const { name, size, sources, sharer, sharedAtMs, files } = file;
  const start = async (): Promise<void> => {
    // It goes on when the page is closed.
    const how = { overwrite: false, timeoutMs: 0, isDetached: true };
    await call('startDownload', { groupId, fileName: name, destination, ...how });
  };
  return (
    <>
      <button
        type="button"
        class="name link"
        title={shown(name)}
        aria-expanded={isOpen}
        onClick={onOpen}
      >
        {files === undefined ? '' : '📁 '}
        {shown(name)}
      </button>
      <span class="figure">{bytes(size)}</span>
      <span class="extra">
        {files === undefined ? '' : `${files} files, `}
        {shown(sharer)}, {time(sharedAtMs)}
      </span>
      <span class="figure">{sources === 0 ? 'nobody has it online' : `${sources} online`}</span>
      <Do work={start} done={`${name} is being downloaded`} label={`Download ${shown(name)}`}>
        Download
      </Do>
    </>
  );
}
