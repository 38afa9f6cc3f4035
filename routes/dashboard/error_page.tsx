import { renderPage } from "./parts/page.tsx";
import type { View } from "./view.ts";

/** A page that says what went wrong; `view` is undefined when not even that could be read. */
export function errorPage(
  view: View | undefined,
  { title, detail }: { title: string; detail: string },
): string {
  return renderPage({
    view: view ?? blankView(),
    title,
    children: (
      <section class="card narrow">
        <h1>{title}</h1>
        <p>{detail === title ? "The program's log says more." : detail}</p>
        <p>
          <a href="/">To the overview</a>
        </p>
      </section>
    ),
  });
}

/** For pages that are shown before anything is known of who looks at them. */
export function blankView(): View {
  const never = new Date(0);
  return {
    role: null,
    canOperate: false,
    canAdminister: false,
    formToken: "",
    path: "/",
    now: never,
    pulse: { now: never, last_tick_at: null, last_tick_source: null, age_seconds: null },
    look: { theme: "auto", zoneChoice: "local", localZone: null, zone: "UTC" },
    zone: "UTC",
    warning: null,
    said: null,
  };
}
