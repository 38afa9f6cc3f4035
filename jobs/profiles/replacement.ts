import type { Attribute, Category, TidyProfile } from "./attribute.ts";
import type { Replacement, WrittenAttribute } from "./maintenance_store.ts";

/**
 * What a tidy profile changes: seed 004 replaces each category that the reply names, in whole. One that a
 * maintenance wrote before and that is as it was stays.
 */
export function planReplacement(shown: readonly Attribute[], profile: TidyProfile): Replacement {
  const replacement: Replacement = { categories: [], replaced: [], written: [] };
  for (const [name, values] of Object.entries(profile)) {
    const category = name as Category;
    const present = shown.filter((attribute) => attribute.category === category);
    const written = Object.entries(values!).map(([key, value]) => ({ category, key, value }));
    if (isAsWritten(present, written)) continue;
    replacement.categories.push(category);
    replacement.replaced.push(...present.map(({ id }) => id));
    replacement.written.push(...written);
  }
  return replacement;
}

function isAsWritten(present: Attribute[], written: WrittenAttribute[]): boolean {
  return present.length === written.length &&
    present.every(({ key, value, source }) =>
      source === "maintenance" && written.some((one) => one.key === key && one.value === value)
    );
}

/** A key and a value, as diffs show them. */
export interface Entry {
  key: string;
  value: string;
}

/** What a maintenance did to a category: entries that went, that came, and that are in both. */
export interface CategoryDiff {
  category: Category;
  removed: Entry[];
  added: Entry[];
  kept: Entry[];
}

/** The difference between attributes and those in whose place they came, category by category. */
export function diffOf(
  categories: readonly Category[],
  replaced: readonly WrittenAttribute[],
  written: readonly WrittenAttribute[],
): CategoryDiff[] {
  return categories.map((category) => {
    const before = entriesOf(replaced, category);
    const after = entriesOf(written, category);
    return {
      category,
      removed: before.filter((entry) => !holds(after, entry)),
      added: after.filter((entry) => !holds(before, entry)),
      kept: after.filter((entry) => holds(before, entry)),
    };
  });
}

function entriesOf(attributes: readonly WrittenAttribute[], category: Category): Entry[] {
  return attributes.filter((one) => one.category === category)
    .map(({ key, value }) => ({ key, value }));
}

function holds(entries: Entry[], { key, value }: Entry): boolean {
  return entries.some((entry) => entry.key === key && entry.value === value);
}
