// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { Problems } from "../parts/problems.tsx";

export interface FieldValues {
  /** What the fields hold, by their names. */
  values: Record<string, string>;
  /** What is wrong with them. */
  errors: Record<string, string[]>;
}

/** What every field has in common: its name, what it holds, and whether that is wrong. */
export function propsOf(name: string, { values, errors }: FieldValues) {
  return {
    name,
    value: values[name] ?? "",
    "aria-invalid": errors[name] ? "true" as const : undefined,
    autocomplete: "off",
  };
}

/** The fields of the policies. */
export const POLICY_NAMES = ["grace_seconds", "coalesce", "overlap", "limit", "jitter_seconds"];

/** What is done about late slots and overlap; folded, since the job's own values mostly do. */
export function PolicyFields({ values, errors }: FieldValues) {
  const field = (name: string) => propsOf(name, { values, errors });
  const isWrong = POLICY_NAMES.some((name) => errors[name]);
  return (
    <details class="more" open={isWrong}>
      <summary>Policies</summary>
      <div class="fields later">
        <label>
          Grace in seconds
          <span class="hint">Empty: until the next slot is due</span>
          <input type="text" inputmode="numeric" {...field("grace_seconds")} />
          <Problems of={errors.grace_seconds} />
        </label>
        <Choice
          name="coalesce"
          words="Of several late slots"
          hint="Run the latest; with a grace also all in order, or none"
          value={values.coalesce}
          problems={errors.coalesce}
          of={["latest", "all", "skip"]}
        />
        <Choice
          name="overlap"
          words="While a run is active"
          hint="Skip the slot, or let it wait"
          value={values.overlap}
          problems={errors.overlap}
          of={["skip", "queue"]}
        />
        <label>
          Runs at once
          <span class="hint">Empty: no limit</span>
          <input type="text" inputmode="numeric" {...field("limit")} />
          <Problems of={errors.limit} />
        </label>
        <label>
          Jitter in seconds
          <span class="hint">Always the same for one schedule</span>
          <input type="text" inputmode="numeric" {...field("jitter_seconds")} />
          <Problems of={errors.jitter_seconds} />
        </label>
      </div>
    </details>
  );
}

interface ChoiceProps {
  name: string;
  words: string;
  hint: string;
  value?: string;
  problems?: string[];
  of: string[];
}

function Choice({ name, words, hint, value, problems, of }: ChoiceProps) {
  return (
    <label>
      {words}
      <span class="hint">{hint}</span>
      <select name={name} aria-invalid={problems ? "true" : undefined}>
        {of.map((choice) => <option value={choice} selected={choice === value}>{choice}</option>)}
      </select>
      <Problems of={problems} />
    </label>
  );
}
