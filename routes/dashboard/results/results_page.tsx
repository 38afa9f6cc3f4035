import { renderPage } from "../parts/page.tsx";
import type { View } from "../view.ts";
import { formatCount } from "../format.ts";
import { Pager } from "../parts/pager.tsx";
import { type Block, BlockCards, type Domain, type FoundThings, MOST_COUNTED } from "./block.tsx";

export interface ResultsPageProps {
  view: View;
  domains: Domain[];
  domain: Domain;
  /** What the search is for, and what it found; null where the results are of one thing. */
  found: FoundThings | null;
  text: string;
  /** The thing whose results are shown; empty: none yet. */
  id: string;
  blocks: Block[];
}

/** What the jobs of a domain came to, enough to believe them. */
export function resultsPage(props: ResultsPageProps): string {
  const { view, domains, domain, found, id, blocks } = props;
  return renderPage({
    view,
    title: `${domain.name} results`,
    section: "results",
    children: (
      <>
        <div class="head">
          <div>
            <h1>{id ? `${domain.name}: ${id}` : domain.name}</h1>
            <p class="about quiet">{domain.about}</p>
          </div>
          <ul class="chips">
            {domains.map((other) => (
              <li>
                <a
                  class="chip"
                  href={`/ui/results/${other.id}`}
                  aria-current={other.id === domain.id ? "page" : undefined}
                >
                  {other.name}
                </a>
              </li>
            ))}
          </ul>
        </div>
        {found && <Search {...props} found={found} />}
        <BlockCards blocks={blocks} />
      </>
    ),
  });
}

function Search(
  { domain, found, text, id }: ResultsPageProps & { found: FoundThings },
) {
  const { things, page } = found;
  return (
    <>
      <form class="filters" role="search">
        <input
          type="search"
          name="q"
          value={text}
          placeholder={`Id of the ${domain.thing}`}
          aria-label={`Id of the ${domain.thing}`}
          data-search
        />
        <button type="submit">Search</button>
      </form>
      {things.length === 0
        ? (
          <p class="card empty">
            {text ? `No ${domain.thing} fits.` : (
              <>
                There is no {domain.thing} yet: <code>deno task sample</code> fills some in.
              </>
            )}
          </p>
        )
        : !id && (
          <>
            <h2>
              {page.count > MOST_COUNTED && "More than "}
              {formatCount(Math.min(page.count, MOST_COUNTED), domain.thing!, domain.things)}
              {text && ` that ${page.count === 1 ? "fits" : "fit"}`}
            </h2>
            <ul class="card things">
              {things.map((thing) => (
                <li data-row>
                  <a href={`/ui/results/${domain.id}?id=${encodeURIComponent(thing.id)}`}>
                    {thing.id}
                  </a>
                  {thing.words && <span class="quiet">{thing.words}</span>}
                </li>
              ))}
            </ul>
            <Pager {...page} first="First" next="Next" />
          </>
        )}
    </>
  );
}
