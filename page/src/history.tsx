/** What has happened in a group, and whether the tracker's record of it is whole. */
import { call, look } from './calls.js';
import { Do, tell } from './doing.js';
import type { GroupPart } from './group-part.js';
import { Rows } from './rows.js';
import { useAsked } from './use-asked.js';
import { shown, time } from './words.js';

export function History({ groupId }: GroupPart) {
  const history = useAsked(groupId, () => look('history', { groupId }));
  const verify = async (): Promise<void> => {
    const verdict = await call('verifyHistory', { groupId });
    if (verdict.state === 'broken') tell(`it is ${verdict.flaw} at entry ${verdict.seq}`, true);
    else tell(`all ${verdict.head.count} entries are whole, and signed by the tracker`);
  };
  return (
    <>
      <p>
        <Do work={verify}>Check it</Do>
      </p>
      {history.error ? <p class="error">{shown(history.error.message)}</p> : null}
      <Rows
        items={[...(history.value ?? [])].reverse()}
        keyOf={({ seq }) => String(seq)}
        label="History"
        none={history.value ? 'Nothing has happened here.' : '…'}
        row={({ atMs, actor, action, subjects }) => (
          <>
            <span class="extra">{time(atMs)}</span>
            <span class="name">
              <b>{shown(actor)}</b> {shown(action)} {subjects.map((one) => shown(one)).join(', ')}
            </span>
          </>
        )}
      />
    </>
  );
}
