/** The groups, and one of them. */
import { useState } from 'preact/hooks';
import { askPage, call, look } from './calls.js';
import { attempt, Do } from './doing.js';
import { Files } from './files.js';
import { GuestLinks } from './guest-links.js';
import { History } from './history.js';
import { Invites } from './invites.js';
import { Members } from './members.js';
import { useAsked } from './use-asked.js';
import { shown } from './words.js';

const REFRESH_MS = 10_000;
const PARTS = { Files, Members, Invites, Guests: GuestLinks, History } as const;
type Part = keyof typeof PARTS;

export function Groups() {
  const groups = useAsked('groups', () => look('describeGroups', {}), REFRESH_MS);
  const [chosen, choose] = useState<string>();
  const [part, setPart] = useState<Part>('Files');
  const mine = groups.value?.filter(({ role }) => role !== undefined) ?? [];
  const others = groups.value?.filter(({ role }) => role === undefined) ?? [];
  const groupId = chosen ?? mine[0]?.groupId;
  const group = mine.find((one) => one.groupId === groupId);
  const View = PARTS[part];
  return (
    <div class="sides">
      <section aria-label="Groups" class="side">
        <h2>Groups</h2>
        <ul>
          {mine.map((one) => (
            <li key={one.groupId}>
              <button
                type="button"
                aria-current={one.groupId === groupId ? 'true' : undefined}
                onClick={() => choose(one.groupId)}
              >
                {shown(one.groupId)} <small>{one.role}</small>
                {one.requests ? <b class="count"> {one.requests} ask</b> : null}
              </button>
            </li>
          ))}
        </ul>
        {groups.error ? <p class="error">{shown(groups.error.message)}</p> : null}
        {others.length > 0 ? <h3>Others</h3> : null}
        <ul>
          {others.map((one) => (
            <li key={one.groupId}>
              {shown(one.groupId)}{' '}
              {one.isAsked ? (
                <small>asked</small>
              ) : (
                <Do
                  work={() => call('joinGroup', { groupId: one.groupId })}
                  done={`asked to join ${one.groupId}`}
                  label={`Ask to join ${shown(one.groupId)}`}
                  then={groups.again}
                >
                  Ask to join
                </Do>
              )}
            </li>
          ))}
        </ul>
        <NewGroup onMade={groups.again} />
      </section>
      {group ? (
        <section aria-label={`Group ${shown(group.groupId)}`} class="body" key={group.groupId}>
          <h2>{shown(group.groupId)}</h2>
          <nav aria-label="Of the group">
            {(Object.keys(PARTS) as Part[]).map((one) => (
              <button
                type="button"
                key={one}
                aria-current={one === part ? 'page' : undefined}
                onClick={() => setPart(one)}
              >
                {one}
              </button>
            ))}
          </nav>
          <View groupId={group.groupId} role={group.role ?? 'reader'} onChanged={groups.again} />
        </section>
      ) : (
        <p class="none">No group yet: make one, or come in by a link.</p>
      )}
    </div>
  );
}

function NewGroup({ onMade }: { readonly onMade: () => void }) {
  const [text, setText] = useState('');
  const isLink = /^\s*p2p:/i.test(text);
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const isDone = await attempt(
      () => (isLink ? askPage('join', { link: text }) : call('createGroup', { groupId: text })),
      isLink ? 'you are in' : `made the group ${text}`,
    );
    if (!isDone) return;
    setText('');
    onMade();
  };
  return (
    <form onSubmit={(event) => void make(event)}>
      <label>
        New group, or a link
        <input
          value={text}
          required
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <button>{isLink ? 'Join' : 'Make'}</button>
    </form>
  );
}
