/**
 * Brings the content of a file that a browser has: it does not say where the file lies. Knows how far it is, which
 * `fetch` does not tell.
 */
import type { UploadResult } from '../../src/main/api/progress.js';
import { askPage, CallError, pageKey } from './calls.js';

export interface Dropped {
  readonly groupId: string;
  readonly file: File;
  /** Its name stands for it from then on, whatever it stands for. */
  readonly replace: boolean;
}

/** Shares it under its name. @throws CallError, also when `signal` is aborted */
export async function bring(
  { groupId, file, replace }: Dropped,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<UploadResult> {
  // Before hours of sending: a browser hears no refusal meanwhile.
  await askPage('mayDrop', { groupId, name: file.name, size: file.size });
  if (signal.aborted) throw stopped();
  const said = new URLSearchParams({ group: groupId, name: file.name });
  if (replace) said.set('replace', 'yes');
  const line = await send(`/api/drop?${said}`, file, onBytes, signal);
  if (line.error) throw new CallError(line.error.code, line.error.message);
  if (line.result) return line.result;
  throw new CallError('GONE', 'p2p went away before it answered');
}

interface Line {
  readonly result?: UploadResult;
  readonly error?: { readonly code: string; readonly message: string };
}

function send(
  way: string,
  file: File,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Line> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const end = (): void => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop);
    request.open('POST', way);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('p2p-page', pageKey());
    request.upload.onprogress = ({ loaded }) => onBytes(loaded);
    request.onload = () => {
      end();
      const text = request.responseText.trim();
      if (request.status !== 200) return reject(new CallError('REFUSED', text));
      try {
        resolve(JSON.parse(text) as Line);
      } catch {
        // It was cut off.
        reject(new CallError('GONE', 'p2p went away before it answered'));
      }
    };
    request.onerror = () => {
      end();
      // A folder, or a file that has changed or gone meanwhile, looks the same.
      reject(new CallError('GONE', `${file.name} cannot be read, or p2p does not answer`));
    };
    request.onabort = () => {
      end();
      reject(stopped());
    };
    request.send(file);
  });
}

function stopped(): CallError {
  return new CallError('CANCELLED', 'it was stopped');
}

/** What was dropped: where it lies, if the browser says so; else what it has of it. */
export type Thing =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'files'; readonly files: readonly File[] }
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'nothing' };

/** File managers say where a file is; browsers tell it or not. */
export function thingOf(data: DataTransfer | null): Thing {
  if (!data) return { kind: 'nothing' };
  const text = (data.getData('text/uri-list') || data.getData('text/plain')).trim();
  const [first = ''] = text.split(/\r?\n/);
  if (first.startsWith('file://')) {
    const path = pathIn(first);
    return path === undefined ? { kind: 'nothing' } : { kind: 'path', path };
  }
  if (first.startsWith('/')) return { kind: 'path', path: first };
  const entries = [...data.items].map((item) => item.webkitGetAsEntry());
  const folder = entries.find((entry) => entry?.isDirectory);
  if (folder) return { kind: 'folder', name: folder.name };
  const files = [...data.files];
  return files.length === 0 ? { kind: 'nothing' } : { kind: 'files', files };
}

/** Undefined when it is no address that could be read. */
function pathIn(address: string): string | undefined {
  try {
    return decodeURIComponent(new URL(address).pathname);
  } catch {
    return undefined;
  }
}
