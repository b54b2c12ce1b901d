/** Downloads a file, or some files of a folder, in other ways than the button of its row. */
import { useState } from 'preact/hooks';
import type { FileRow } from '../../src/net/tracker-api.js';
import { call } from './calls.js';
import { attempt } from './doing.js';
import { Choice, Lines, linesOf, TextField } from './fields.js';
import { FolderContent } from './folder-content.js';

/** What becomes of what lies there already. */
const PRESENT = {
  stays: 'it stays, and nothing is downloaded',
  older: 'it stays beside it, as NAME~1',
  goes: 'it is overwritten',
} as const;
const PRIORITIES = { high: 'before others', normal: 'in turn', low: 'after others' } as const;

interface DownloadFormProps {
  readonly file: FileRow;
  readonly groupId: string;
  readonly destination: string;
}

export function DownloadForm({ file, groupId, destination }: DownloadFormProps) {
  const { name: fileName, files } = file;
  const [folder, setFolder] = useState(destination);
  const [present, setPresent] = useState<keyof typeof PRESENT>('stays');
  const [priority, setPriority] = useState<keyof typeof PRIORITIES>('normal');
  const [only, setOnly] = useState('');
  const start = async (event: Event): Promise<void> => {
    event.preventDefault();
    const patterns = linesOf(only);
    const how = {
      ...{ overwrite: present === 'goes', keepsOlder: present === 'older', priority },
      ...(patterns.length > 0 && { only: patterns }),
      ...{ timeoutMs: 0, isDetached: true },
    };
    await attempt(
      () => call('startDownload', { groupId, fileName, destination: folder, ...how }),
      `${fileName} is being downloaded`,
    );
  };
  return (
    <form onSubmit={(event) => void start(event)}>
      <div class="bar">
        <TextField label="Into (absolute)" value={folder} onValue={setFolder} isRequired />
        <Choice
          label="What lies there already"
          value={present}
          onValue={setPresent}
          options={PRESENT}
        />
        <Choice label="Its turn" value={priority} onValue={setPriority} options={PRIORITIES} />
      </div>
      {files === undefined ? null : (
        <>
          <Lines
            label="Only these (a pattern on each line, as in .gitignore; none for all)"
            value={only}
            onValue={setOnly}
          />
          <FolderContent groupId={groupId} fileName={fileName} only={only} setOnly={setOnly} />
        </>
      )}
      <button>Download so</button>
    </form>
  );
}
