/** What a profile's attributes may be about (seed 004, the profile maintenance's prompt). */
export const CATEGORIES = [
  "preference",
  "fact",
  "interest",
  "communication",
  "health",
  "misc",
] as const;

export type Category = typeof CATEGORIES[number];

/** A row of `entity_profile_attributes`, as maintenance looks at it. */
export interface Attribute {
  id: string;
  category: Category;
  key: string;
  value: string;
  confidence: number;
  source: string;
  updated_at: Date;
}

/** What a model makes of a profile: values by key, by category. A category that is absent stays as it is. */
export type TidyProfile = Partial<Record<Category, Record<string, string>>>;
