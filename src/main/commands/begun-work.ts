/**
 * Downloads that somebody resumed who looks at the list, where no client stays: they are the work of the command that
 * looks, as they would be of `resume`. Owns which of them are not over.
 */
import { P2pError } from '../../net/errors.js';
import type { DownloadProgress, DownloadSummary, HeldDownload } from '../api/progress.js';
import type { CommandContext } from '../cli/command.js';
import { toldDownload } from './told-download.js';

type OnProgress = (progress: DownloadProgress) => void;

interface Begun {
  readonly download: HeldDownload;
  readonly ended: Promise<DownloadSummary>;
  /** Set once the list is not looked at any more. */
  onProgress: OnProgress;
}

export class BegunWork {
  readonly #context: Pick<CommandContext, 'engine' | 'out' | 'signal'>;
  readonly #onFault: (error: unknown) => void;
  /** Those that go on; an entry is of the last time that it was resumed. */
  readonly #under = new Map<string, Begun>();

  constructor(
    context: Pick<CommandContext, 'engine' | 'out' | 'signal'>,
    onFault: (error: unknown) => void,
  ) {
    this.#context = context;
    this.#onFault = onFault;
  }

  get rest(): readonly HeldDownload[] {
    return [...this.#under.values()].map(({ download }) => download);
  }

  /** From now on it is waited for, so that the process that does it hands it over instead of ending it. */
  onResumed(download: HeldDownload): void {
    const { id } = download;
    const hear = (progress: DownloadProgress): void => begun.onProgress(progress);
    const ended = toldDownload(this.#context, download, hear);
    const begun: Begun = { download, ended, onProgress: () => undefined };
    this.#under.set(id, begun);
    ended
      .catch((error: unknown) => {
        // Its row says how it ended.
        if (!(error instanceof P2pError)) this.#onFault(error);
      })
      .finally(() => {
        if (this.#under.get(id) === begun) this.#under.delete(id);
      });
  }

  /** The end of one of `rest`. @throws P2pError why it did not become whole */
  readonly waitFor = ({ id }: HeldDownload, onProgress: OnProgress): Promise<DownloadSummary> => {
    const begun = this.#under.get(id)!;
    begun.onProgress = onProgress;
    return begun.ended;
  };
}
