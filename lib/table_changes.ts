/** What the transactions of a dry run would have changed, had they not been rolled back. */
import { countRows, readTables, type TableCounts, type TableState } from "./attempt_store.ts";
import type { Json, Sql, Tx } from "./db/sql.ts";
import { whileDatabaseIsAway } from "./while_database_is_away.ts";

export class TableChanges {
  private readonly sums = new Map<string, TableCounts>();
  private emptied: TableState[] = [];

  /** Does a transaction's work and counts what it changed; one that fails is not counted. */
  async during<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
    const before = new Map((await readTables(tx)).map((state) => [state.id, state]));
    const value = await work();
    for (const state of await readTables(tx)) {
      const { id, table, file, inserted, updated, deleted } = state;
      const was = before.get(id);
      this.add(table, {
        inserted: inserted - (was?.inserted ?? 0),
        updated: updated - (was?.updated ?? 0),
        deleted: deleted - (was?.deleted ?? 0),
      });
      if (was?.file === file) before.delete(id);
    }
    // Those that were not there before are no loss.
    this.emptied.push(...before.values());
    return value;
  }

  /** Counts, once the transaction is rolled back, the rows of what it had truncated or dropped. */
  async countEmptied(sql: Sql): Promise<void> {
    for (const state of this.emptied.splice(0)) {
      const deleted = await whileDatabaseIsAway(() => countRows(sql, state));
      this.add(state.table, { inserted: 0, updated: 0, deleted });
    }
  }

  /** Rows by table; tables of which none changed are left out. */
  get byTable(): { [table: string]: Json } {
    const changed = [...this.sums].filter(([, { inserted, updated, deleted }]) =>
      inserted + updated + deleted > 0
    );
    return Object.fromEntries(changed.map(([table, counts]) => [table, { ...counts }]));
  }

  private add(table: string, { inserted, updated, deleted }: TableCounts): void {
    const sum = this.sums.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
    sum.inserted += inserted;
    sum.updated += updated;
    sum.deleted += deleted;
    this.sums.set(table, sum);
  }
}
