import { Problems } from "../parts/problems.tsx";
import type { ParamField } from "./params_fields.ts";
import type { Refused } from "./run_form.tsx";

/** The input for one parameter, of the sort that its schema asks for. */
export function ParamInput({ field, refused }: { field: ParamField; refused: Refused | null }) {
  const { name, kind, required, hint, fallback } = field;
  const id = `p.${name}`;
  const problems = refused?.errors[`params.${name}`];
  const value = refused ? refused.values[id] ?? "" : fallback;
  const common = { name: id, required, "aria-invalid": problems ? "true" as const : undefined };
  if (kind === "flag") {
    return (
      <label class="check">
        <input
          type="checkbox"
          {...common}
          required={false}
          value="true"
          checked={value === "true"}
        />
        <span>
          {name} {hint && <span class="hint">{hint}</span>}
          <Problems of={problems} />
        </span>
      </label>
    );
  }
  return (
    <label>
      {name}
      {hint && <span class="hint">{hint}</span>}
      {kind === "choice"
        ? (
          <select {...common}>
            {!required && !fallback && <option value=""></option>}
            {field.choices.map((choice) => (
              <option value={choice} selected={choice === value}>{choice}</option>
            ))}
          </select>
        )
        : kind === "json"
        ? <textarea {...common} rows={3} spellcheck={false}>{value}</textarea>
        : (
          <input
            {...common}
            type={kind === "text" ? "text" : "number"}
            step={kind === "integer" ? "1" : kind === "number" ? "any" : undefined}
            value={value}
            autocomplete="off"
          />
        )}
      <Problems of={problems} />
    </label>
  );
}
