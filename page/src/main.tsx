/** The page: what it shows first, and its parts. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call, CallError, hearEvents, logOutHere, takeKey } from './calls.js';
import { onSaid } from './doing.js';
import { Downloads } from './downloads.js';
import { Enter } from './enter.js';
import { Groups } from './groups.js';
import { sentence } from './happenings.js';
import { Search } from './search.js';
import { Shares } from './shares.js';
import { State } from './state.js';
import { useAsked } from './use-asked.js';
import { shown } from './words.js';

const PARTS = {
  groups: Groups,
  search: Search,
  downloads: Downloads,
  shares: Shares,
  state: State,
} as const;
type Part = keyof typeof PARTS;
const NAMES: Readonly<Record<Part, string>> = {
  groups: 'Groups',
  search: 'Search',
  downloads: 'Downloads',
  shares: 'Shares',
  state: 'This client',
};
const REFRESH_MS = 5_000;
const MAX_HAPPENINGS = 50;

function Page() {
  const [part, setPart] = useState<Part>('groups');
  const [said, setSaid] = useState<{ line: string; isError: boolean }>();
  const [happened, setHappened] = useState<readonly string[]>([]);
  const [isConnected, setConnected] = useState(true);
  const status = useAsked('status', () => call('status', {}), REFRESH_MS);
  useEffect(() => {
    onSaid((line, isError) => setSaid({ line, isError }));
    void hearEvents((event) => {
      const line = sentence(event);
      if (line !== undefined) setHappened((all) => [line, ...all].slice(0, MAX_HAPPENINGS));
      status.again();
    }, setConnected);
  }, []);
  if (status.error instanceof CallError && status.error.code === 'NOT_LOGGED_IN_HERE') {
    return <Closed />;
  }
  const { value } = status;
  const View = PARTS[part];
  return (
    <>
      <header>
        <h1>p2p</h1>
        <nav aria-label="Parts">
          {(Object.keys(PARTS) as Part[]).map((one) => (
            <button
              type="button"
              key={one}
              aria-current={one === part ? 'page' : undefined}
              onClick={() => setPart(one)}
            >
              {NAMES[one]}
              {one === 'downloads' && value && value.runningDownloads > 0
                ? ` (${value.runningDownloads})`
                : ''}
            </button>
          ))}
        </nav>
        <span class="who">
          {value?.userId === undefined ? '' : shown(value.userId)}{' '}
          <button type="button" onClick={() => void logOutHere()}>
            Close
          </button>
        </span>
      </header>
      <p role="status" aria-live="polite" class={said?.isError ? 'said error' : 'said'}>
        {isConnected ? (said?.line ?? '') : 'p2p does not answer; the page waits for it'}
      </p>
      <main>
        {value && value.userId === undefined ? (
          <Enter onEntered={status.again} />
        ) : (
          <View happened={happened} />
        )}
      </main>
    </>
  );
}

function Closed() {
  return (
    <main>
      <h1>p2p</h1>
      <p>
        This browser is not logged in to the page. Open it by the link that <code>p2p web</code>{' '}
        prints; each link is good once.
      </p>
    </main>
  );
}

takeKey();
const place = document.getElementById('page');
if (place) render(<Page />, place);
