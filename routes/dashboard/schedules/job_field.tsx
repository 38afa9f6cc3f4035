import { Problems } from "../parts/problems.tsx";
import type { FieldValues } from "./policy_fields.tsx";

interface JobFieldProps extends FieldValues {
  names: ReadonlyMap<string, string>;
}

/** Chooses the job of a new schedule, where the address names none. */
export function JobField({ names, values, errors }: JobFieldProps) {
  return (
    <label>
      Job
      <select name="job" required aria-invalid={errors.job ? "true" : undefined}>
        <option value="">Choose a job</option>
        {[...names].map(([id, name]) => (
          <option value={id} selected={id === values.job}>{name}</option>
        ))}
      </select>
      <Problems of={errors.job} />
    </label>
  );
}
