/** Fields of forms, each with its label. */

interface FieldProps<T> {
  readonly label: string;
  readonly value: T;
  readonly onValue: (value: T) => void;
}

interface TextFieldProps extends FieldProps<string> {
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'time' | 'date';
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  /** What a browser may fill in, or that it may not. */
  readonly autocomplete?: string;
  readonly min?: number;
}

export function TextField({
  label,
  value,
  onValue,
  type = 'text',
  placeholder,
  isRequired = false,
  autocomplete = 'off',
  min,
}: TextFieldProps) {
  // The types of preact know each kind of field for itself.
  const kind = { type } as { type: 'text' };
  return (
    <label>
      {label}
      <input
        {...{ ...kind, value, placeholder, autocomplete, min }}
        step={type === 'number' ? 'any' : undefined}
        required={isRequired}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </label>
  );
}

interface ChoiceProps<T extends string> extends FieldProps<T> {
  /** Each with what people read. */
  readonly options: Readonly<Record<T, string>>;
}

export function Choice<T extends string>({ label, value, onValue, options }: ChoiceProps<T>) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => onValue(currentTarget.value as T)}>
        {(Object.keys(options) as T[]).map((one) => (
          <option key={one} value={one}>
            {options[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Check({ label, value, onValue }: FieldProps<boolean>) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value}
        onChange={({ currentTarget }) => onValue(currentTarget.checked)}
      />{' '}
      {label}
    </label>
  );
}

/** Patterns and the like: one on each line. */
export function Lines({ label, value, onValue }: FieldProps<string>) {
  return (
    <label>
      {label}
      <textarea
        rows={2}
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </label>
  );
}

/** What stands in the lines of a text. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
