/** What is shared from here, and whether it is served. */
import { call, look } from './calls.js';
import { Do, tell } from './doing.js';
import { FilterField, useFilter } from './filter.js';
import { Rows } from './rows.js';
import { useAsked } from './use-asked.js';
import { bytes, shown } from './words.js';

const REFRESH_MS = 5_000;

/** Reads a share through; what is damaged is fetched from others, if somebody says so. */
async function check(file: { readonly groupId: string; readonly fileName: string }): Promise<void> {
  const name = shown(file.fileName);
  const look = (isRepairing: boolean) => call('verify', { ...file, isRepairing });
  let [flaw] = (await look(false)).flawed;
  const question = `${name} is damaged. Fetch what is damaged from others?`;
  if (flaw?.state === 'damaged' && confirm(question)) [flaw] = (await look(true)).flawed;
  if (!flaw) tell(`${name} is whole`);
  else if (flaw.repair?.state === 'repaired') tell(`${name} is repaired`);
  else if (flaw.repair) tell(`${name} is not repaired: ${flaw.repair.error.message}`, true);
  else tell(`${name} is ${flaw.state}`, true);
}

/** Reads everything through. */
async function checkAll(): Promise<void> {
  const { flawed } = await call('verify', { isRepairing: false });
  const [first] = flawed;
  if (!first) return tell('everything is whole');
  const further = flawed.length === 1 ? '' : `, and ${flawed.length - 1} more`;
  tell(`${first.fileName} is ${first.state}${further}`, true);
}

export function Shares() {
  const shares = useAsked('shares', () => look('shares', {}), REFRESH_MS);
  const { found, word, setWord } = useFilter(shares.value, ({ fileName }) => fileName);
  return (
    <section aria-label="Shares">
      <h2>Shared from here</h2>
      <div class="bar">
        <FilterField word={word} setWord={setWord} />
        <Do work={checkAll}>Check all</Do>
      </div>
      {shares.error ? <p class="error">{shown(shares.error.message)}</p> : null}
      <Rows
        items={found}
        keyOf={({ groupId, fileName }) => `${groupId}/${fileName}`}
        label="Shares"
        none={shares.value ? 'Nothing is shared from here.' : '…'}
        row={({ groupId, fileName, path, size, state, reason }) => (
          <>
            <span class="name" title={shown(path)}>
              {shown(fileName)}
            </span>
            <span class="extra">{shown(groupId)}</span>
            <span class="figure">{bytes(size)}</span>
            <span class="extra" title={reason === undefined ? '' : shown(reason)}>
              {state}
              {reason === undefined ? '' : `: ${shown(reason)}`}
            </span>
            <Do work={() => check({ groupId, fileName })} label={`Check ${shown(fileName)}`}>
              Check
            </Do>
            <Do
              work={() => call('stopShare', { groupId, fileName })}
              sure={`Share ${shown(fileName)} no more? The file stays.`}
              label={`Stop sharing ${shown(fileName)}`}
              then={shares.again}
            >
              Stop
            </Do>
          </>
        )}
      />
    </section>
  );
}
