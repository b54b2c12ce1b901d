/** How fast this client may be: what holds now, the rules, and new ones, also for a time of day, a network, a group. */
import { useState } from 'preact/hooks';
import type {
  HoldingLimit,
  LimitedTo,
  LimitRule,
  LimitScope,
  TimeOfDay,
} from '../../src/main/api/rate-limits.js';
import { call } from './calls.js';
import { attempt, Do } from './doing.js';
import { Choice, TextField } from './fields.js';
import { useAsked } from './use-asked.js';
import { bytes, shown } from './words.js';

const MIB = 1024 * 1024;
const MINUTES_OF_HOUR = 60;
const SCOPES = {
  all: 'all',
  lan: 'your own network',
  wan: 'outside your own network',
  group: 'one group',
} as const;

export function Limits() {
  const limits = useAsked('limits', () => call('limits', {}));
  const { holding = [], rules = [] } = limits.value ?? {};
  return (
    <section aria-label="Limits">
      <h2>Limits</h2>
      {limits.error ? <p class="error">{shown(limits.error.message)}</p> : null}
      <p>
        {holding.length === 0
          ? 'Nothing is limited now.'
          : holding.map((one) => `${nameOf(one.scope)}: ${ratesOf(one)}`).join('; ')}
      </p>
      <ul>
        {rules.map((rule) => (
          <Rule key={JSON.stringify(rule)} rule={rule} again={limits.again} />
        ))}
      </ul>
      <NewRule onSet={limits.again} />
    </section>
  );
}

interface RuleProps {
  readonly rule: LimitRule & { readonly isGiven: boolean };
  readonly again: () => void;
}

function Rule({ rule, again }: RuleProps) {
  const { scope, between, isGiven } = rule;
  const text = `${nameOf(scope)}${between ? `, ${timeOf(between)}` : ''}: ${ratesOf(rule)}`;
  const clear = { scope, ...(between && { between }), isCleared: true };
  return (
    <li>
      {text}
      {isGiven ? ', given with the start of the client' : ''}{' '}
      <Do work={() => call('changeLimit', clear)} label={`Lift ${text}`} then={again}>
        Lift
      </Do>
    </li>
  );
}

function NewRule({ onSet }: { readonly onSet: () => void }) {
  const [kind, setKind] = useState<keyof typeof SCOPES>('all');
  const [groupId, setGroup] = useState('');
  const [up, setUp] = useState('');
  const [down, setDown] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const set = async (event: Event): Promise<void> => {
    event.preventDefault();
    const scope: LimitScope = kind === 'group' ? { kind, groupId } : { kind };
    const between = from && to ? { between: { from: minutesOf(from), to: minutesOf(to) } } : {};
    const rule = { scope, ...between, up: limitOf(up), down: limitOf(down) };
    await attempt(() => call('changeLimit', rule), 'the limit is set');
    onSet();
  };
  return (
    <form class="bar" onSubmit={(event) => void set(event)}>
      <Choice label="Of" value={kind} onValue={setKind} options={SCOPES} />
      {kind === 'group' ? (
        <TextField label="Which group" value={groupId} onValue={setGroup} isRequired />
      ) : null}
      <TextField
        label="Up (MiB/s, empty for none)"
        type="number"
        min={0}
        value={up}
        onValue={setUp}
      />
      <TextField
        label="Down (MiB/s, empty for none)"
        type="number"
        min={0}
        value={down}
        onValue={setDown}
      />
      <TextField label="From (empty for always)" type="time" value={from} onValue={setFrom} />
      <TextField label="To" type="time" value={to} onValue={setTo} />
      <button>Set</button>
    </form>
  );
}

function limitOf(text: string): LimitedTo {
  return text.trim() === '' ? 'none' : Math.max(1, Math.round(Number(text) * MIB));
}

function nameOf(scope: LimitScope): string {
  return scope.kind === 'group' ? `group ${shown(scope.groupId)}` : SCOPES[scope.kind];
}

function ratesOf({ up, down }: Pick<HoldingLimit, 'up' | 'down'>): string {
  const text = (limit: LimitedTo): string => (limit === 'none' ? 'no limit' : `${bytes(limit)}/s`);
  const ways = [
    ...(up === undefined ? [] : [`up ${text(up)}`]),
    ...(down === undefined ? [] : [`down ${text(down)}`]),
  ];
  return ways.join(', ');
}

/** `HH:MM`, as a field for times has it. */
function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * MINUTES_OF_HOUR + minutes;
}

function timeOf({ from, to }: TimeOfDay): string {
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / MINUTES_OF_HOUR)).padStart(2, '0')}:${String(minutes % MINUTES_OF_HOUR).padStart(2, '0')}`;
  return `${clock(from)} to ${clock(to)}`;
}
