/** Links for guests, who have no program and no account: made for a file, listed, ended. */
import { useState } from 'preact/hooks';
import type { GuestLink } from '../../src/main/api/guest-links.js';
import { askPage, call, look } from './calls.js';
import { attempt, Do } from './doing.js';
import { Choice, TextField } from './fields.js';
import type { GroupPart } from './group-part.js';
import { MadeLink, type Made } from './made-link.js';
import { Rows } from './rows.js';
import { useAsked } from './use-asked.js';
import { bytes, shown, time } from './words.js';

const REFRESH_MS = 10_000;
const DAY_MS = 86_400_000;
const LIFETIMES = {
  '1': '1 day',
  '2': '2 days',
  '7': '7 days',
  '30': '30 days',
  '365': '365 days',
} as const;

interface MadeForGuests extends Made {
  /** Nobody reaches it from elsewhere as it is. */
  readonly isOfThisMachine: boolean;
  readonly fingerprint?: string;
}

/** Where guests come in; undefined until that is known, '' when they have no way in. */
function useGateway(): string | undefined {
  const { value } = useAsked('gateway', () => call('status', {}));
  if (value === undefined) return undefined;
  return value.gateway ? `${value.gateway.host}:${value.gateway.port}` : '';
}

function NoGateway() {
  return (
    <p class="none">
      Guests have no way in here: this client runs without a gateway. Start it with{' '}
      <code>p2p serve --web --gateway PORT</code>, and make the link while it runs.
    </p>
  );
}

/** Makes a link for one file, and shows it: once. */
export function LinkForm(file: { readonly groupId: string; readonly fileName: string }) {
  const gateway = useGateway();
  const [days, setDays] = useState<keyof typeof LIFETIMES>('7');
  const [downloads, setDownloads] = useState('');
  const [password, setPassword] = useState('');
  const [address, setAddress] = useState('');
  const [made, setMade] = useState<MadeForGuests>();
  if (gateway === undefined) return <p class="none">…</p>;
  if (gateway === '') return <NoGateway />;
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const terms = {
      ...{ ...file, lifetimeMs: Number(days) * DAY_MS },
      ...(downloads.trim() && { downloads: Number(downloads) }),
      ...(password && { password }),
      ...(address.trim() && { address: address.trim() }),
    };
    await attempt(async () => setMade(await askPage<MadeForGuests>('guestLink', terms)));
    setPassword('');
  };
  return (
    <>
      <form class="bar" onSubmit={(event) => void make(event)}>
        <Choice label="Good for" value={days} onValue={setDays} options={LIFETIMES} />
        <TextField
          label="Downloads (empty for any number)"
          type="number"
          min={1}
          value={downloads}
          onValue={setDownloads}
        />
        <TextField
          label="Password (empty for none)"
          type="password"
          autocomplete="new-password"
          value={password}
          onValue={setPassword}
        />
        <TextField
          label={`Where guests come in (when not at ${shown(gateway)})`}
          placeholder="HOST:PORT"
          value={address}
          onValue={setAddress}
        />
        <button>Make a link for guests</button>
      </form>
      {made ? <ForGuests made={made} /> : null}
    </>
  );
}

function ForGuests({ made }: { readonly made: MadeForGuests }) {
  return (
    <MadeLink made={made}>
      Whoever has this link takes it (a folder as a zip file), until {time(made.expiresAtMs)}, while
      this client runs. Nobody is shown it again.
      {made.isOfThisMachine
        ? ' It names this machine alone; say above where guests come in from elsewhere.'
        : ''}
      {made.fingerprint === undefined ? null : (
        <>
          <br />
          No authority vouches for the gateway, so a browser warns; its certificate has the SHA-256{' '}
          <code class="link">{made.fingerprint}</code>
        </>
      )}
    </MadeLink>
  );
}

/** The links that are good, of a group. */
export function GuestLinks({ groupId }: GroupPart) {
  const links = useAsked(groupId, () => look('guestLinks', { groupId }), REFRESH_MS);
  const gateway = useGateway();
  return (
    <>
      {gateway === '' ? <NoGateway /> : null}
      <p>To make a link, open a file under Files by its name.</p>
      {links.error ? <p class="error">{shown(links.error.message)}</p> : null}
      <Rows
        items={links.value ?? []}
        keyOf={({ id }) => id}
        label="Links for guests"
        none={links.value ? 'No link for guests is good.' : '…'}
        row={(link) => <LinkRow link={link} again={links.again} />}
      />
    </>
  );
}

function LinkRow({ link, again }: { readonly link: GuestLink; readonly again: () => void }) {
  const { id, fileName, size, taken, downloads, hasPassword, expiresAtMs } = link;
  const name = shown(fileName);
  return (
    <>
      <span class="name" title={name}>
        {name}
      </span>
      <span class="extra">{bytes(size)}</span>
      <span class="figure">
        taken {taken} {downloads === undefined ? 'times' : `of ${downloads} times`}
      </span>
      <span class="extra">
        {hasPassword ? 'with a password, ' : ''}until {time(expiresAtMs)}
      </span>
      <Do
        work={() => call('revokeGuestLink', { id })}
        sure={`End this link to ${name}? Whoever takes it just now is cut off.`}
        label={`End the link to ${name}`}
        then={again}
      >
        End
      </Do>
    </>
  );
}
