// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import {
  countMaintenances,
  countMemories,
  countProfiles,
  findEntity,
  listAttributes,
  listMaintenances,
  listMemories,
  listProfiles,
  type ShownMaintenance,
  type ShownMemory,
} from "../../../jobs/profiles/profile_results_store.ts";
import { diffOf, type Entry } from "../../../jobs/profiles/replacement.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { missingSettings, sayNotSet } from "../../../lib/missing_settings.ts";
import { formatPercent } from "../format.ts";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";
import { readEntity, readRowId, readRowPosition, timedPosition } from "../../cursor_parts.ts";
import { type Block, type Domain, MOST_COUNTED, THINGS_SHOWN } from "./block.tsx";
import { settleAll } from "../settle_all.ts";
import { type PageOf, readTable } from "../table_page.ts";
import { UndoForm } from "./undo_form.tsx";

const JOB = "profile_maintenance";

const MAINTENANCES_SHOWN = 10;
const MEMORIES_SHOWN = 50;

/** What is known of a user or bot, before and after maintenance, and what it is remembered for. */
export function profileResults(engine: Engine, view: View, url: URL): Domain {
  const { sql } = engine;
  return {
    id: "profiles",
    name: "Profiles",
    about: "What is known of a user or bot, what maintenance changed, and what is remembered.",
    thing: "entity",
    things: "entities",
    async find(text) {
      const { rows, page } = await readTable(url, {
        name: "cursor",
        limit: THINGS_SHOWN,
        read: readEntity,
        list: (after, limit) => listProfiles(sql, text, after, limit),
        position: ({ entity_type, entity_id }) => [entity_type, entity_id],
        count: () => countProfiles(sql, text, MOST_COUNTED + 1),
      });
      const things = rows.map(({ entity_type, entity_id, attributes, memories }) => ({
        id: `${entity_type}:${entity_id}`,
        words: `${attributes} attributes, ${memories} memories`,
      }));
      return { things, page };
    },
    async read(name) {
      const [type, ...rest] = name.split(":");
      const entity = { type, id: rest.join(":") };
      const profileId = await findEntity(sql, entity);
      if (profileId === undefined) return undefined;
      const readMemories = (name: string, archived: boolean) =>
        readTable(url, {
          name,
          limit: MEMORIES_SHOWN,
          read: readRowPosition,
          list: (before, limit) => listMemories(sql, entity, { archived, before, limit }),
          position: (memory) => timedPosition(memory),
          count: () => countMemories(sql, entity, archived),
        });
      const [attributes, last, maintenances, memories, archived] = await settleAll([
        listAttributes(sql, profileId),
        listMaintenances(sql, profileId, null, MAINTENANCES_SHOWN),
        readTable(url, {
          name: "maintenances",
          limit: MAINTENANCES_SHOWN,
          read: readRowId,
          list: (before, limit) => listMaintenances(sql, profileId, before, limit),
          position: ({ id }) => [id],
          count: () => countMaintenances(sql, profileId),
        }),
        readMemories("memories", false),
        readMemories("archived", true),
      ]);
      const changed = last.find(({ categories_updated }) => categories_updated.length > 0);
      const undoable = last.find(({ categories_updated, restored_by }) =>
        categories_updated.length > 0 && restored_by === null
      );
      return [
        {
          ...changeBlock(changed),
          empty: `Nothing was changed yet. ${sayNeeds(engine)}`,
          job: JOB,
          acts: undoable && (
            <UndoForm view={view} origin={url.origin} entity={entity} maintenance={undoable} />
          ),
        },
        {
          title: "Attributes",
          about: "What is known now; those of maintenance were consolidated by a model.",
          columns: [
            { name: "What" },
            { name: "Value", is: "text" },
            { name: "Source" },
            { name: "Confidence", is: "figure" },
            { name: "Since" },
          ],
          rows: attributes.map(({ category, key, value, source, confidence, updated_at }) => [
            <>
              {key} <span class="note">{category}</span>
            </>,
            value,
            source,
            formatPercent(confidence),
            <Clock at={updated_at} view={view} />,
          ]),
          empty: "Nothing.",
        },
        {
          title: "Maintenances",
          about: "Of profile_maintenance.",
          list: { name: "maintenances", ...maintenances.page },
          columns: [
            { name: "When" },
            { name: "Attributes" },
            { name: "Model" },
            { name: "Tokens" },
            { name: "What came of it", is: "text" },
          ],
          rows: maintenances.rows.map((maintenance) => [
            <a href={`/ui/runs/${maintenance.run_id}`}>
              <Clock at={maintenance.at} view={view} />
            </a>,
            `${maintenance.attributes_before} → ${maintenance.attributes_after}`,
            maintenance.model,
            `${maintenance.prompt_tokens} + ${maintenance.completion_tokens}`,
            sayOutcome(maintenance),
          ]),
          empty: "None yet.",
          job: JOB,
        },
        memoriesBlock(
          "Memories",
          "The newest first; they fade by memory_decay.",
          memories.rows,
          { name: "memories", ...memories.page },
          view,
        ),
        memoriesBlock(
          "Archived memories",
          "Merged by memory_consolidation, or faded by memory_decay.",
          archived.rows,
          { name: "archived", ...archived.page },
          view,
        ),
      ];
    },
  };
}

/** What the job cannot run without here; empty where it can. */
function sayNeeds({ jobs, config }: Engine): string {
  const job = jobs.get(JOB);
  const missing = job ? missingSettings(job, config) : [];
  return missing.length === 0 ? "" : `${sayNotSet(missing)}: it needs a model to ask.`;
}

/** Before and after, an attribute a row. */
function changeBlock(maintenance?: ShownMaintenance): Omit<Block, "empty"> {
  const { categories_updated, replaced, written, restored_by } = maintenance ??
    { categories_updated: [], replaced: [], written: [], restored_by: null };
  const rows = diffOf(categories_updated, replaced, written).flatMap(
    ({ category, removed, added, kept }) => [
      ...removed.map((entry) => [category, <b class="bad">gone</b>, say(entry), ""]),
      ...added.map((entry) => [category, <b class="good">new</b>, "", say(entry)]),
      ...kept.map((
        entry,
      ) => [category, "as it was", say(entry), <span class="quiet">the same</span>]),
    ],
  );
  return {
    title: "Before and after",
    about: `The last maintenance that changed something.${
      restored_by === null ? "" : ` It was undone by ${restored_by}.`
    }`,
    columns: [
      { name: "Category" },
      { name: "What" },
      { name: "Before", is: "text" },
      { name: "After", is: "text" },
    ],
    rows,
  };
}

function say({ key, value }: Entry): string {
  return `${key}: ${value}`;
}

function sayOutcome(maintenance: ShownMaintenance): string {
  const { error, restored_by, categories_updated, withheld } = maintenance;
  const outcome = error ??
    (restored_by
      ? `undone by ${restored_by}`
      : categories_updated.join(", ") || "nothing to change");
  return withheld > 0 ? `${outcome}; ${withheld} not shown to the model` : outcome;
}

function memoriesBlock(
  title: string,
  about: string,
  memories: ShownMemory[],
  list: PageOf & { name: string },
  view: View,
): Block {
  return {
    title,
    about,
    list,
    columns: [
      { name: "Memory", is: "text" },
      { name: "Importance", is: "figure" },
      { name: "Told", is: "figure" },
      { name: "Looked at", is: "figure" },
      { name: "Since" },
      { name: "State" },
    ],
    rows: memories.map((memory) => [
      <span id={`memory-${memory.id}`}>{memory.content}</span>,
      formatPercent(memory.importance),
      memory.occurrences,
      memory.access_count,
      <Clock at={memory.created_at} view={view} />,
      sayState(memory),
    ]),
    empty: "None.",
  };
}

function sayState({ archive_reason, merged_into, merged_from }: ShownMemory) {
  if (archive_reason === "faded") return "faded";
  if (archive_reason === "merged") {
    return merged_into === null ? "merged" : <a href={`#memory-${merged_into}`}>merged</a>;
  }
  return merged_from.length > 0 ? `${merged_from.length} merged into it` : "";
}
