/** The way to the first page of a list and to the next one; nothing where there is only one. */
export function Pager(
  { firstUrl, nextUrl, first = "Newest", next = "Older" }: {
    firstUrl: string | null;
    nextUrl: string | null;
    first?: string;
    next?: string;
  },
) {
  if (!firstUrl && !nextUrl) return null;
  return (
    <p class="pager">
      {firstUrl && <a class="button" href={firstUrl}>{first}</a>}
      {nextUrl && <a class="button" href={nextUrl}>{next}</a>}
    </p>
  );
}
