// A few choices, of which one holds.

interface Props<T extends string> {
  readonly of: readonly T[];
  readonly chosen: T;
  readonly choose: (choice: T) => void;
  readonly label: string;
}

export function Choices<T extends string>({ of, chosen, choose, label }: Props<T>) {
  return (
    <fieldset class="choices" aria-label={label}>
      {of.map((choice) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === chosen}
          onClick={() => choose(choice)}
        >
          {choice}
        </button>
      ))}
    </fieldset>
  );
}
