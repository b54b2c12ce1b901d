/** This client: who it is, how others reach it, what it moves and may move, what happened. */
import { useState } from 'preact/hooks';
import { call } from './calls.js';
import { attempt, Do } from './doing.js';
import { Limits } from './limits.js';
import { useAsked } from './use-asked.js';
import { bytes, shown, time } from './words.js';

const REFRESH_MS = 2_000;

export function State({ happened }: { readonly happened: readonly string[] }) {
  const status = useAsked('status', () => call('status', {}), REFRESH_MS);
  const { value } = status;
  return (
    <>
      <section aria-label="This client">
        <h2>This client</h2>
        {status.error ? <p class="error">{shown(status.error.message)}</p> : null}
        {value ? (
          <dl>
            <dt>User</dt>
            <dd>{shown(value.userId ?? 'nobody is logged in')}</dd>
            <dt>Tracker</dt>
            <dd>
              {shown(value.tracker ?? 'none')}
              {value.isTrackerConnected ? '' : ' (not connected)'}
            </dd>
            <dt>Serving</dt>
            <dd>
              {value.sharedFiles} files on{' '}
              {value.listening
                ? shown(`${value.listening.host}:${value.listening.port}`)
                : 'nothing'}
            </dd>
            <dt>Now</dt>
            <dd>
              {bytes(value.downBytesPerSecond)}/s in, {bytes(value.upBytesPerSecond)}/s out
            </dd>
            <dt>Since it started</dt>
            <dd>
              {bytes(value.receivedBytes)} in, {bytes(value.sentBytes)} out
            </dd>
            <dt>Guests</dt>
            <dd>
              {value.gateway
                ? shown(`come in at ${value.gateway.host}:${value.gateway.port}`)
                : 'have no way in'}
            </dd>
            <dt>Device</dt>
            <dd>
              <code>{value.deviceId ?? 'unknown until a tracker is met'}</code>
            </dd>
          </dl>
        ) : null}
        <Do work={() => call('logout', {})} sure="Log this client out?" then={status.again}>
          Log out
        </Do>
      </section>
      <Limits />
      <Password />
      <Devices />
      <section aria-label="What happened">
        <h2>What happened</h2>
        {happened.length === 0 ? <p class="none">Nothing since the page was opened.</p> : null}
        <ol>
          {happened.map((line, index) => (
            <li key={happened.length - index}>{line}</li>
          ))}
        </ol>
      </section>
    </>
  );
}

function Password() {
  const [before, setBefore] = useState('');
  const [next, setNext] = useState('');
  const change = async (event: Event): Promise<void> => {
    event.preventDefault();
    const old = before === '' ? {} : { oldPassword: before };
    const isDone = await attempt(
      () => call('changePassword', { ...old, newPassword: next }),
      'the password is changed, and every other login of yours has ended',
    );
    if (!isDone) return;
    setBefore('');
    setNext('');
  };
  return (
    <section aria-label="Password">
      <h2>Password</h2>
      <form class="bar" onSubmit={(event) => void change(event)}>
        <label>
          The old one (empty when a link made the account)
          <input
            type="password"
            value={before}
            autocomplete="current-password"
            onInput={({ currentTarget }) => setBefore(currentTarget.value)}
          />
        </label>
        <label>
          The new one
          <input
            type="password"
            value={next}
            required
            autocomplete="new-password"
            onInput={({ currentTarget }) => setNext(currentTarget.value)}
          />
        </label>
        <button>Change</button>
      </form>
    </section>
  );
}

function Devices() {
  const devices = useAsked('devices', () => call('devices', {}));
  if (!devices.value) return null;
  return (
    <section aria-label="Devices">
      <h2>Your devices</h2>
      {devices.value.length > 1 ? (
        <p>
          <Do
            work={() => call('logoutDevice', {})}
            sure="End all your logins but the one here?"
            then={devices.again}
          >
            Log out all others
          </Do>
        </p>
      ) : null}
      <ul>
        {devices.value.map((device) => (
          <li key={device.deviceId}>
            <code>{device.deviceId.slice(0, 16)}</code> {device.isThis ? '(this one)' : ''}{' '}
            {time(device.lastSeenAtMs)}{' '}
            {device.isThis ? null : (
              <Do
                work={() => call('logoutDevice', { deviceId: device.deviceId })}
                sure="End the logins of that device?"
                label={`Log out ${device.deviceId.slice(0, 16)}`}
                then={devices.again}
              >
                Log out
              </Do>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
