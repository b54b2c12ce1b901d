/** Who is in a group and as what, who asks to join it, who is shut out. */
import type { Role } from '../../src/net/roles.js';
import { call, look } from './calls.js';
import { attempt, Do } from './doing.js';
import { isManager, ROLES, type GroupPart } from './group-part.js';
import { Rows } from './rows.js';
import { useAsked } from './use-asked.js';
import { shown, time } from './words.js';

const REFRESH_MS = 10_000;

export function Members({ groupId, role, onChanged }: GroupPart) {
  const members = useAsked(groupId, () => look('listMembers', { groupId }), REFRESH_MS);
  const again = (): void => {
    members.again();
    onChanged();
  };
  const isOver = isManager(role);
  return (
    <>
      {isOver ? <Requests groupId={groupId} onChanged={again} /> : null}
      <h3>Members</h3>
      {members.error ? <p class="error">{shown(members.error.message)}</p> : null}
      <Rows
        items={members.value ?? []}
        keyOf={({ userId }) => userId}
        label="Members"
        none="…"
        row={({ userId, role: theirs }) => (
          <>
            <span class="name">{shown(userId)}</span>
            {isOver ? (
              <RoleChoice groupId={groupId} userId={userId} role={theirs} onChanged={again} />
            ) : (
              <span>{theirs}</span>
            )}
            {isOver ? (
              <span>
                {role === 'owner' && theirs !== 'owner' ? (
                  <Do
                    work={() => call('transferOwner', { groupId, userId })}
                    sure={`Make ${shown(userId)} the owner of ${shown(groupId)} instead of you?`}
                    label={`Hand over to ${shown(userId)}`}
                    then={again}
                  >
                    Hand over
                  </Do>
                ) : null}{' '}
                <Do
                  work={() => call('kick', { groupId, userId })}
                  sure={`Remove ${shown(userId)} from ${shown(groupId)}?`}
                  label={`Remove ${shown(userId)}`}
                  then={again}
                >
                  Remove
                </Do>{' '}
                <Do
                  work={() => call('ban', { groupId, userId })}
                  sure={`Shut ${shown(userId)} out of ${shown(groupId)}?`}
                  label={`Ban ${shown(userId)}`}
                  then={again}
                >
                  Ban
                </Do>
              </span>
            ) : null}
          </>
        )}
      />
      {isOver ? <Bans groupId={groupId} /> : null}
      <p>
        <Do
          work={() => call('leaveGroup', { groupId })}
          sure={`Leave ${shown(groupId)}? What you share there ends; a group without members ends.`}
          then={onChanged}
        >
          Leave the group
        </Do>
      </p>
    </>
  );
}

interface RoleChoiceProps {
  readonly groupId: string;
  readonly userId: string;
  readonly role: Role;
  readonly onChanged: () => void;
}

function RoleChoice({ groupId, userId, role, onChanged }: RoleChoiceProps) {
  const set = async (wanted: Role): Promise<void> => {
    await attempt(
      () => call('setRole', { groupId, userId, role: wanted }),
      `${userId} is ${wanted} now`,
    );
    onChanged();
  };
  return (
    <select
      value={role}
      aria-label={`Role of ${shown(userId)}`}
      onChange={({ currentTarget }) => void set(currentTarget.value as Role)}
    >
      {ROLES.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  );
}

function Requests({ groupId, onChanged }: Omit<GroupPart, 'role'>) {
  const requests = useAsked(groupId, () => call('listRequests', { groupId }), REFRESH_MS);
  const again = (): void => {
    requests.again();
    onChanged();
  };
  if (!requests.value || requests.value.length === 0) return null;
  return (
    <>
      <h3>They ask to join</h3>
      <ul>
        {requests.value.map((userId) => (
          <li key={userId}>
            <span class="name">{shown(userId)}</span>{' '}
            <Do
              work={() => call('acceptRequest', { groupId, userId })}
              done={`${userId} is a member now`}
              label={`Accept ${shown(userId)}`}
              then={again}
            >
              Accept
            </Do>{' '}
            <Do
              work={() => call('rejectRequest', { groupId, userId })}
              label={`Reject ${shown(userId)}`}
              then={again}
            >
              Reject
            </Do>
          </li>
        ))}
      </ul>
    </>
  );
}

function Bans({ groupId }: { readonly groupId: string }) {
  const bans = useAsked(groupId, () => call('bans', { groupId }));
  if (!bans.value || bans.value.length === 0) return null;
  return (
    <>
      <h3>Shut out</h3>
      <ul>
        {bans.value.map(({ userId, byUserId, bannedAtMs }) => (
          <li key={userId}>
            <span class="name">{shown(userId)}</span> by {shown(byUserId)}, {time(bannedAtMs)}{' '}
            <Do
              work={() => call('unban', { groupId, userId })}
              label={`Lift the ban of ${shown(userId)}`}
              then={bans.again}
            >
              Lift
            </Do>
          </li>
        ))}
      </ul>
    </>
  );
}
