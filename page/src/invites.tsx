/** Links into a group. */
import { useState } from 'preact/hooks';
import type { InvitedRole } from '../../src/net/roles.js';
import { askPage, call } from './calls.js';
import { attempt, Do } from './doing.js';
import { INVITED_ROLES, isManager, type GroupPart } from './group-part.js';
import { MadeLink, type Made } from './made-link.js';
import { useAsked } from './use-asked.js';
import { shown, time } from './words.js';

const DAY_MS = 86_400_000;
const DAYS = [1, 2, 7, 30];

export function Invites({ groupId, role }: GroupPart) {
  if (!isManager(role)) return <p class="none">Its owners and admins make links into it.</p>;
  return <Links groupId={groupId} />;
}

function Links({ groupId }: { readonly groupId: string }) {
  const invites = useAsked(groupId, () => call('invites', { groupId }));
  const [made, setMade] = useState<Made>();
  const [uses, setUses] = useState(1);
  const [days, setDays] = useState(2);
  const [role, setRole] = useState<InvitedRole>('member');
  const [address, setAddress] = useState('');
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const terms = { groupId, uses, lifetimeMs: days * DAY_MS, role };
    await attempt(async () => {
      setMade(await askPage<Made>('invite', { ...terms, ...(address && { address }) }));
    });
    invites.again();
  };
  return (
    <>
      <form class="bar" onSubmit={(event) => void make(event)}>
        <label>
          For how many
          <input
            type="number"
            min={1}
            value={uses}
            onInput={({ currentTarget }) => setUses(Number(currentTarget.value))}
          />
        </label>
        <label>
          Good for
          <select
            value={days}
            onChange={({ currentTarget }) => setDays(Number(currentTarget.value))}
          >
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {one === 1 ? '1 day' : `${one} days`}
              </option>
            ))}
          </select>
        </label>
        <label>
          As
          <select
            value={role}
            onChange={({ currentTarget }) => setRole(currentTarget.value as InvitedRole)}
          >
            {INVITED_ROLES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Where they reach the tracker (when elsewhere)
          <input
            value={address}
            placeholder="HOST:PORT"
            onInput={({ currentTarget }) => setAddress(currentTarget.value)}
          />
        </label>
        <button>Make a link</button>
      </form>
      {made ? (
        <MadeLink made={made}>
          Whoever has this link gets in, until {time(made.expiresAtMs)}:
        </MadeLink>
      ) : null}
      <h3>Links that are good</h3>
      {invites.error ? <p class="error">{shown(invites.error.message)}</p> : null}
      <ul>
        {invites.value?.map((invite) => (
          <li key={invite.inviteId}>
            <code>{invite.inviteId.slice(0, 8)}</code> {invite.usesLeft} of {invite.uses} left, as{' '}
            {invite.role}, by {shown(invite.creatorId)}, until {time(invite.expiresAtMs)}{' '}
            <Do
              work={() => call('revokeInvite', { groupId, id: invite.inviteId })}
              label={`End the link ${invite.inviteId.slice(0, 8)}`}
              then={invites.again}
            >
              End
            </Do>
          </li>
        ))}
      </ul>
    </>
  );
}
