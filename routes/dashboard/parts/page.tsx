import type { Child } from "hono/jsx";
import { assetUrl } from "../assets.ts";
import { Settings } from "./settings.tsx";
import { IconShapes } from "./icons.tsx";
import { Icon } from "./icons.tsx";
import { KeyboardHelp } from "./keyboard_help.tsx";
import { WithRuns } from "./with_runs.tsx";
import type { View } from "../view.ts";

const SECTIONS = [
  ["overview", "/", "Overview"],
  ["timeline", "/ui/timeline", "Timeline"],
  ["runs", "/ui/runs", "Runs"],
  ["schedules", "/ui/schedules", "Schedules"],
  ["results", "/ui/results", "Results"],
] as const;

export type Section = typeof SECTIONS[number][0];

export interface PageProps {
  view: View;
  title: string;
  section?: Section;
  /** How often the part that changes is fetched again; absent: it does not change. */
  liveSeconds?: number;
  children?: Child;
}

/** The frame of a page, as the text of a whole document. What changes stands in `#live`. */
export function renderPage({ view, title, section, liveSeconds, children }: PageProps): string {
  const page = (
    <html lang="en" data-theme={view.look.theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{title} · Edge Cron</title>
        <link rel="icon" href={assetUrl("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assetUrl("dashboard.css")} />
        <script src={assetUrl("htmx.js")} defer></script>
        <script src={assetUrl("dashboard.js")} defer></script>
        {liveSeconds && (
          <noscript>
            <meta http-equiv="refresh" content={String(Math.max(liveSeconds, 10))} />
          </noscript>
        )}
      </head>
      <body>
        <IconShapes />
        <a class="skip" href="#main">Skip to content</a>
        {view.role && <Header view={view} section={section} />}
        <p class="banner warn" id="gone" role="alert" data-zone={view.zone} hidden>
          <span>No connection to the program: what you see is from</span>{" "}
          <span id="gone-since">before</span>
        </p>
        {view.said && (
          <p class={`banner ${view.said.tone}`} role="status">
            <span>
              <WithRuns text={view.said.text} />
            </span>
          </p>
        )}
        <main id="main" tabindex={-1}>
          <div
            id="live"
            data-now={view.now.toISOString()}
            data-seconds={liveSeconds}
            hx-get={liveSeconds ? OWN_ADDRESS : undefined}
            hx-trigger={liveSeconds ? "refresh" : undefined}
            hx-sync="this:drop"
            hx-select="#live"
            hx-target="this"
            hx-swap="outerMorph"
          >
            {view.role && view.warning && (
              <p class="banner warn">
                <span>{view.warning}</span>
              </p>
            )}
            {children}
          </div>
        </main>
        <KeyboardHelp />
      </body>
    </html>
  );
  return `<!doctype html>${page}`;
}

/**
 * htmx reads an empty address as that of the page.
 *
 * Written out it would change with each search, and with it htmx would start the search's form anew, which forgets
 * what was typed while the answer was on its way.
 */
const OWN_ADDRESS = "";

/** An open menu stays open when the part of the page around it is fetched again. */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  morphIgnore: ["data-htmx-powered", "open", "aria-current-row"],
});

function Header({ view, section }: { view: View; section?: Section }) {
  return (
    <header>
      <a class="brand" href="/">
        <Icon name="brand" />
        Edge Cron
      </a>
      <nav aria-label="Pages">
        {SECTIONS.map(([name, href, words]) => (
          <a href={href} aria-current={name === section ? "page" : undefined}>{words}</a>
        ))}
      </nav>
      <Settings view={view} />
    </header>
  );
}
