/** For whoever is not logged in: by a link, or with a password. */
import { useState } from 'preact/hooks';
import { askPage, call } from './calls.js';
import { attempt } from './doing.js';

export function Enter({ onEntered }: { readonly onEntered: () => void }) {
  const [link, setLink] = useState('');
  const [tracker, setTracker] = useState('');
  const [userId, setUserId] = useState('');
  const [password, setPassword] = useState('');
  const byLink = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await attempt(() => askPage('join', { link }), 'you are in')) onEntered();
  };
  const byPassword = async (isNew: boolean): Promise<void> => {
    const at = trackerOf(tracker);
    const request = { userId, password, ...(at && { tracker: at }) };
    const isDone = await attempt(async () => {
      if (isNew) await call('createUser', request);
      await call('login', request);
    }, `logged in as ${userId}`);
    if (isDone) onEntered();
  };
  const byKey = async (): Promise<void> => {
    const at = trackerOf(tracker);
    const request = { userId, ...(at && { tracker: at }) };
    if (await attempt(() => call('loginByKey', request), `logged in as ${userId}`)) onEntered();
  };
  return (
    <>
      <form onSubmit={(event) => void byLink(event)}>
        <h2>Come in by a link</h2>
        <label>
          Link into a group
          <input
            value={link}
            placeholder="p2p://…"
            required
            onInput={({ currentTarget }) => setLink(currentTarget.value)}
          />
        </label>
        <button>Join</button>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void byPassword(false);
        }}
      >
        <h2>Or with a password</h2>
        <label>
          Tracker (HOST:PORT)
          <input value={tracker} onInput={({ currentTarget }) => setTracker(currentTarget.value)} />
        </label>
        <label>
          Name
          <input
            value={userId}
            required
            autocomplete="username"
            onInput={({ currentTarget }) => setUserId(currentTarget.value)}
          />
        </label>
        <label>
          Password
          <input
            type="password"
            value={password}
            required
            autocomplete="current-password"
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        </label>
        <button>Log in</button>{' '}
        <button type="button" onClick={() => void byKey()}>
          Log in by this device's key
        </button>{' '}
        <button type="button" onClick={() => void byPassword(true)}>
          Make the account
        </button>
      </form>
    </>
  );
}

function trackerOf(text: string): { host: string; port: number } | undefined {
  const [, host, port] = /^\s*\[?([^\]]+?)\]?:(\d+)\s*$/.exec(text) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
