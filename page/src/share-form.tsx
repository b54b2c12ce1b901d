/** Shares what lies on this machine by its path, or files that are dropped or chosen, one after the other. */
import { useRef, useState } from 'preact/hooks';
import type { UploadProgress } from '../../src/main/api/progress.js';
import { call } from './calls.js';
import { attempt, tell } from './doing.js';
import { bring, thingOf } from './drop.js';
import { Check, Lines, linesOf, TextField } from './fields.js';
import { bytes, percent, shown } from './words.js';

interface ShareProps {
  readonly groupId: string;
  readonly onShared: () => void;
}

interface Step {
  readonly name: string;
  readonly done: number;
  readonly size: number;
  /** That wait behind it. */
  readonly further: number;
}

interface Running extends Step {
  readonly stop: AbortController | undefined;
}

export function Share({ groupId, onShared }: ShareProps) {
  const [path, setPath] = useState('');
  const [terms, setTerms] = useState<Terms>({ as: '', exclude: '', replace: false, sha256: false });
  const [running, setRunning] = useState<Running>();
  const share = async (): Promise<void> => {
    const onProgress = ({ fileName: name, size, hashed: done }: UploadProgress): void =>
      setRunning({ name, size, done, further: 0, stop: undefined });
    setRunning({ name: path, size: 1, done: 0, further: 0, stop: undefined });
    const request = { path, groupId, ...termsOf(terms) };
    const isDone = await attempt(
      () => call('upload', request, (news) => onProgress(news as UploadProgress)),
      `${path} is shared`,
    );
    setRunning(undefined);
    if (!isDone) return;
    setPath('');
    setTerms((last) => ({ ...last, as: '' }));
    onShared();
  };
  const bringAll = async (files: readonly File[]): Promise<void> => {
    const stop = new AbortController();
    const onStep = (step: Step): void => setRunning({ ...step, stop });
    await attempt(async () => {
      for (const [index, file] of files.entries()) {
        const step = { name: file.name, size: file.size, further: files.length - index - 1 };
        onStep({ ...step, done: 0 });
        const dropped = { groupId, file, replace: terms.replace };
        await bring(dropped, (done) => onStep({ ...step, done }), stop.signal);
        onShared();
      }
      tell(files.length === 1 ? `${files[0]?.name} is shared` : `${files.length} files are shared`);
    });
    setRunning(undefined);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    if (running) return tell('something is being shared already; drop it after that', true);
    const thing = thingOf(event.dataTransfer);
    if (thing.kind === 'path') setPath(thing.path);
    else if (thing.kind === 'files') void bringAll(thing.files);
    else if (thing.kind === 'folder') {
      tell(`a browser does not bring the folder ${thing.name} whole; type its path here`, true);
    } else tell('that is no file; type the path of what is to be shared', true);
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
      <TextField
        label="Share a file or folder of this machine (its path, or drop files here)"
        placeholder="/home/…"
        value={path}
        onValue={setPath}
        isRequired
      />
      <button disabled={running !== undefined}>Share</button>{' '}
      <ChooseFiles isBusy={running !== undefined} onChosen={(files) => void bringAll(files)} />
      <TermsFields terms={terms} setTerms={setTerms} />
      {running ? <Progress running={running} /> : null}
    </form>
  );
}

/** For whoever drags nothing. */
function ChooseFiles(props: {
  readonly isBusy: boolean;
  readonly onChosen: (files: readonly File[]) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" disabled={props.isBusy} onClick={() => field.current?.click()}>
        Choose files…
      </button>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-label="Files to share"
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = '';
          if (files.length > 0) props.onChosen(files);
        }}
      />
    </>
  );
}

function Progress({ running: { name, size, done, further, stop } }: { readonly running: Running }) {
  return (
    <p>
      <progress max={100} value={percent(done, size)} aria-label={`Of ${shown(name)}`} />{' '}
      {shown(name)}: {bytes(done)} of {bytes(size)}
      {further === 0 ? '' : `, and ${further} more`}{' '}
      {stop ? (
        <button type="button" onClick={() => stop.abort()}>
          Stop
        </button>
      ) : null}
    </p>
  );
}

interface Terms {
  readonly as: string;
  readonly exclude: string;
  readonly replace: boolean;
  readonly sha256: boolean;
}

function termsOf({ as, exclude, replace, sha256 }: Terms) {
  const patterns = linesOf(exclude);
  return {
    ...{ replace, sha256 },
    ...(as.trim() && { as: as.trim() }),
    ...(patterns.length > 0 && { exclude: patterns }),
  };
}

interface TermsProps {
  readonly terms: Terms;
  readonly setTerms: (terms: Terms) => void;
}

function TermsFields({ terms, setTerms }: TermsProps) {
  const set = (changed: Partial<Terms>): void => setTerms({ ...terms, ...changed });
  return (
    <details>
      <summary>More choices</summary>
      <TextField
        label="Name in the group (when not its own)"
        value={terms.as}
        onValue={(as) => set({ as })}
      />
      <Lines
        label="Of a folder, leave out (a pattern on each line, as in .gitignore)"
        value={terms.exclude}
        onValue={(exclude) => set({ exclude })}
      />
      <Check
        label="Replace what has the name"
        value={terms.replace}
        onValue={(replace) => set({ replace })}
      />
      <br />
      <Check
        label="Note the SHA-256 of the whole"
        value={terms.sha256}
        onValue={(sha256) => set({ sha256 })}
      />
    </details>
  );
}
