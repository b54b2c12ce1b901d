/** Downloads: where each stands, who brings it, how fast; paused, resumed, ended. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DownloadProgress } from '../../src/main/api/progress.js';
import { askPage, call, look } from './calls.js';
import { Do, tell } from './doing.js';
import { PieceMapView } from './piece-map.js';
import { RatePlot, type Rates } from './rate-plot.js';
import { FilterField, useFilter } from './filter.js';
import { Rows } from './rows.js';
import { useAsked } from './use-asked.js';
import { bytes, percent, shown } from './words.js';

const REFRESH_MS = 1_000;
/** Of the plot: five minutes. */
const MAX_POINTS = 300;

const UNDER_WAY = new Set(['queued', 'checking', 'copying', 'downloading', 'finishing']);
const HELD = new Set(['paused', 'interrupted', 'failed', 'cancelled']);

export function Downloads() {
  const downloads = useAsked('downloads', () => look('downloads', {}), REFRESH_MS);
  const [open, setOpen] = useState<string>();
  const rates = useRates(downloads.value);
  const { found, word, setWord } = useFilter(downloads.value, ({ fileName }) => fileName);
  const chosen = found.find(({ id }) => id === open);
  return (
    <section aria-label="Downloads">
      <h2>Downloads</h2>
      <RatePlot rates={rates} />
      <div class="bar">
        <FilterField word={word} setWord={setWord} />
        <Do
          work={() => call('forgetDownloads', { onlyComplete: true, keepsPart: false })}
          then={downloads.again}
        >
          Forget those that are complete
        </Do>
        <Do work={() => forAll(found, UNDER_WAY, pause)} then={downloads.again}>
          Pause all that are shown
        </Do>
        <Do work={() => forAll(found, HELD, resume)} then={downloads.again}>
          Resume all that are shown
        </Do>
      </div>
      {downloads.error ? <p class="error">{shown(downloads.error.message)}</p> : null}
      <Rows
        items={found}
        keyOf={({ id }) => id}
        label="Downloads"
        none={downloads.value ? 'No download yet.' : '…'}
        row={(one) => (
          <Download
            download={one}
            isOpen={one.id === open}
            onOpen={() => setOpen(one.id === open ? undefined : one.id)}
            again={downloads.again}
          />
        )}
      />
      {chosen ? <Detail download={chosen} again={downloads.again} /> : null}
    </section>
  );
}

const pause = (which: Named) => call('pauseDownloads', which);
const resume = (which: Named) => call('resumeDownloads', { ...which, timeoutMs: 0 });

interface Named {
  readonly groupId: string;
  readonly fileNames: readonly string[];
}

/** Of a call: so many names of at most 255 bytes fit into one. */
const MAX_NAMES = 200;

/** Those in one of these states, of each group together. */
async function forAll(
  found: readonly DownloadProgress[],
  states: ReadonlySet<string>,
  work: (which: Named) => Promise<unknown>,
): Promise<void> {
  const meant = found.filter(({ state }) => states.has(state));
  for (const groupId of new Set(meant.map((one) => one.groupId))) {
    const names = meant.filter((one) => one.groupId === groupId).map(({ fileName }) => fileName);
    for (let done = 0; done < names.length; done += MAX_NAMES) {
      await work({ groupId, fileNames: names.slice(done, done + MAX_NAMES) });
    }
  }
}

/** One point for each look. */
function useRates(downloads: readonly DownloadProgress[] | undefined): Rates {
  const [rates, setRates] = useState<Rates>({ atS: [], down: [] });
  const last = useRef(downloads);
  useEffect(() => {
    if (!downloads || downloads === last.current) return;
    last.current = downloads;
    const down = downloads.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
    setRates(({ atS, down: before }) => ({
      atS: [...atS, Date.now() / 1000].slice(-MAX_POINTS),
      down: [...before, down].slice(-MAX_POINTS),
    }));
  }, [downloads]);
  return rates;
}

interface DownloadProps {
  readonly download: DownloadProgress;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly again: () => void;
}

function Download({ download, isOpen, onOpen, again }: DownloadProps) {
  const { id, groupId, fileName, state, size, verified } = download;
  const name = shown(fileName);
  return (
    <>
      <button type="button" class="name link" aria-expanded={isOpen} onClick={onOpen}>
        {name}
      </button>
      <span class="extra">{shown(groupId)}</span>
      <progress max={100} value={percent(verified, size)} aria-label={`Of ${name}`} />
      <span class="figure">
        {percent(verified, size)} % of {bytes(size)}
      </span>
      <span class="figure">{standing(download)}</span>
      <span>
        {UNDER_WAY.has(state) ? (
          <Do work={() => call('pauseDownloads', { id })} label={`Pause ${name}`} then={again}>
            Pause
          </Do>
        ) : null}
        {HELD.has(state) ? (
          <Do
            work={() => call('resumeDownloads', { id, timeoutMs: 0 })}
            label={`Resume ${name}`}
            then={again}
          >
            Resume
          </Do>
        ) : null}{' '}
        {state === 'queued' ? (
          <Do
            work={() => call('moveDownloads', { id, to: 'first' })}
            label={`Put ${name} first in the line`}
            then={again}
          >
            First
          </Do>
        ) : null}{' '}
        {state === 'complete' ? null : <Why groupId={groupId} fileName={fileName} />}{' '}
        {state === 'complete' ? null : (
          <Do
            work={() => call('cancelDownloads', { id, keepsPart: false })}
            sure={`End the download of ${name} and remove what came of it?`}
            label={`Cancel ${name}`}
            then={again}
          >
            Cancel
          </Do>
        )}
      </span>
    </>
  );
}

function standing({ state, bytesPerSecond, place, diskWaitMs }: DownloadProgress): string {
  if (diskWaitMs !== undefined) return `waits for the disk, ${Math.floor(diskWaitMs / 1000)} s`;
  if (state === 'downloading') return `${bytes(bytesPerSecond)}/s`;
  return place === undefined ? state : `${state} ${place}`;
}

function Why(file: { readonly groupId: string; readonly fileName: string }) {
  const ask = async (): Promise<void> => {
    tell((await askPage<{ line: string }>('why', file)).line);
  };
  return (
    <Do work={ask} label={`What ${shown(file.fileName)} waits for`}>
      Why?
    </Do>
  );
}

const PLACES = { first: 'First', up: 'Up', down: 'Down', last: 'Last' } as const;

interface PlaceProps {
  readonly id: string;
  readonly name: string;
  readonly again: () => void;
}

/** Moves one in the line of those that wait. */
function Place({ id, name, again }: PlaceProps) {
  return (
    <p>
      Its place in the line:{' '}
      {(Object.keys(PLACES) as (keyof typeof PLACES)[]).map((to) => (
        <Do
          key={to}
          work={() => call('moveDownloads', { id, to })}
          label={`Move ${name}: ${PLACES[to]}`}
          then={again}
        >
          {PLACES[to]}
        </Do>
      ))}
    </p>
  );
}

interface DetailProps {
  readonly download: DownloadProgress;
  readonly again: () => void;
}

function Detail({ download, again }: DetailProps) {
  const { id, state, fileName, path, peers, error, kept, fetched } = download;
  return (
    <section aria-label={`About ${shown(fileName)}`} class="detail">
      <h3>{shown(fileName)}</h3>
      <p>
        {shown(path)}; {bytes(fetched)} fetched now, {bytes(kept)} safe on the disk
      </p>
      {error ? <p class="error">{shown(error.message)}</p> : null}
      {state === 'queued' ? <Place id={id} name={shown(fileName)} again={again} /> : null}
      <PieceMapView id={id} isMoving={state === 'downloading' || state === 'finishing'} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Peers">
        <table>
          <thead>
            <tr>
              <th scope="col">Peer</th>
              <th scope="col">Address</th>
              <th scope="col">Way</th>
              <th scope="col">State</th>
              <th scope="col">Brought</th>
              <th scope="col">Bad pieces</th>
            </tr>
          </thead>
          <tbody>
            {peers.map((peer) => (
              <tr key={`${peer.deviceId} ${peer.address}`}>
                <td>{shown(peer.userId)}</td>
                <td>{shown(peer.address)}</td>
                <td>{peer.way ?? 'direct'}</td>
                <td>
                  {peer.state}
                  {peer.reason === undefined ? '' : `: ${shown(peer.reason)}`}
                </td>
                <td>{bytes(peer.bytes)}</td>
                <td>{peer.badPieces}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
