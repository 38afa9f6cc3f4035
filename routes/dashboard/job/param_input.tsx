import { isWrong, Problems, problemsOf } from "../parts/problems.tsx";
import { type ParamField, writeFallback } from "./params_fields.ts";
import type { Refused } from "./run_form.tsx";

/** The input for one parameter, of the sort that its schema asks for. */
export function ParamInput(
  { field, refused, zone }: { field: ParamField; refused: Refused | null; zone: string },
) {
  const { name, kind, required, fallback } = field;
  const hint = [field.hint, kind === "instant" && `in ${zone}`].filter(Boolean).join("; ");
  const id = `p.${name}`;
  const problems = refused ? problemsOf(refused.errors, `params.${name}`) : [];
  const value = refused ? refused.values[id] ?? "" : writeFallback(field, zone);
  const common = { name: id, required, "aria-invalid": isWrong(problems) };
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
        ? <textarea {...common} rows={3} spellcheck={false} data-json>{value}</textarea>
        : (
          <input
            {...common}
            type={TYPES[kind]}
            min={field.min}
            max={field.max}
            step={field.step ?? STEPS[kind]}
            value={value}
            autocomplete="off"
          />
        )}
      <Problems of={problems} />
    </label>
  );
}

type InputKind = Exclude<ParamField["kind"], "flag" | "choice" | "json">;

const TYPES: Record<InputKind, string> = {
  text: "text",
  number: "number",
  integer: "number",
  day: "date",
  instant: "datetime-local",
};

/** Without one of its own, an input takes whole numbers and whole minutes only. */
const STEPS: Partial<Record<InputKind, string>> = { number: "any", instant: "1" };
