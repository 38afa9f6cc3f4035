import type { Child } from "hono/jsx";

/** The way to the first page of a list and to the next one, after how much of it is shown; nothing where there is only one. */
export function Pager(
  { firstUrl, nextUrl, first = "Newest", next = "Older", isInset, children }: {
    firstUrl: string | null;
    nextUrl: string | null;
    first?: string;
    next?: string;
    /** Whether it stands in a card without a margin of its own. */
    isInset?: boolean;
    children?: Child;
  },
) {
  if (!firstUrl && !nextUrl) return null;
  return (
    <p class={isInset ? "pager inset" : "pager"}>
      {children && <span class="quiet">{children}</span>}
      {firstUrl && <a class="button" href={firstUrl}>{first}</a>}
      {nextUrl && <a class="button" href={nextUrl}>{next}</a>}
    </p>
  );
}
