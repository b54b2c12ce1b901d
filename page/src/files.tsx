/** The files of a group: looked through by a word, downloaded, shared. */
import { useState } from 'preact/hooks';
import type { FileRow } from '../../src/net/tracker-api.js';
import type { UploadProgress } from '../../src/main/api/progress.js';
import { askPage, call } from './calls.js';
import { attempt, Do, tell } from './doing.js';
import type { GroupPart } from './group-part.js';
import { FilterField, useFilter } from './filter.js';
import { Rows } from './rows.js';
import { useAsked } from './use-asked.js';
import { bytes, percent, shown, time } from './words.js';

const REFRESH_MS = 10_000;

export function Files({ groupId, role }: GroupPart) {
  const files = useAsked(groupId, () => call('listFiles', { groupId }), REFRESH_MS);
  const { destination, setFolder } = useDestination();
  const { found, word, setWord } = useFilter(files.value, ({ name }) => name);
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
        row={(file) => <FileRowView file={file} groupId={groupId} destination={destination} />}
      />
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
}

export function FileRowView({ file, groupId, destination }: FileProps) {
  const { name, size, sources, sharer, sharedAtMs, files } = file;
  const start = async (): Promise<void> => {
    // It goes on when the page is closed.
    const how = { overwrite: false, timeoutMs: 0, isDetached: true };
    await call('startDownload', { groupId, fileName: name, destination, ...how });
  };
  return (
    <>
      <span class="name" title={shown(name)}>
        {files === undefined ? '' : '📁 '}
        {shown(name)}
      </span>
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

interface ShareProps {
  readonly groupId: string;
  readonly onShared: () => void;
}

function Share({ groupId, onShared }: ShareProps) {
  const [path, setPath] = useState('');
  const [progress, setProgress] = useState<UploadProgress>();
  const share = async (): Promise<void> => {
    const request = { path, groupId, sha256: false };
    const isDone = await attempt(
      () => call('upload', request, (news) => setProgress(news as UploadProgress)),
      `${path} is shared`,
    );
    setProgress(undefined);
    if (!isDone) return;
    setPath('');
    onShared();
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    const dropped = droppedPath(event.dataTransfer);
    if (dropped === undefined) {
      tell('this browser does not say where the file is; paste its path here', true);
    } else setPath(dropped);
  };
  return (
    <form
      class="drop"
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
      onSubmit={(event) => {
        event.preventDefault();
        void share();
      }}
    >
      <label>
        Share a file or folder of this machine (its path, or drop it here)
        <input
          value={path}
          placeholder="/home/…"
          required
          onInput={({ currentTarget }) => setPath(currentTarget.value)}
        />
      </label>
      <button disabled={progress !== undefined}>Share</button>
      {progress ? (
        <progress max={100} value={percent(progress.hashed, progress.size)} aria-label="Sharing" />
      ) : null}
    </form>
  );
}

/** File managers say where it is; browsers tell it or not. */
function droppedPath(data: DataTransfer | null): string | undefined {
  const text = (data?.getData('text/uri-list') || data?.getData('text/plain') || '').trim();
  const [first = ''] = text.split(/\r?\n/);
  if (first.startsWith('file://')) return decodeURIComponent(new URL(first).pathname);
  return first.startsWith('/') ? first : undefined;
}
