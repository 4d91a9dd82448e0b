import { useId } from "react";

/** A few choices of which one holds, as large buttons; a radio group to the keyboard and to screen readers. */
export function Choices<T extends string | number>({ label, value, choices, onChange }: {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      <div className="choices-row">
        {choices.map(([choice, text]) => (
          <label key={choice} className="choice">
            <input type="radio" name={name} checked={choice === value} onChange={() => onChange(choice)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
