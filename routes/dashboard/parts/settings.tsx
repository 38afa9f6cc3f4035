import { Icon } from "./icons.tsx";
import { THEMES, ZONE_CHOICES } from "../look.ts";
import type { View } from "../view.ts";

const THEME_WORDS = { auto: "As the system", light: "Light", dark: "Dark" };

/** The menu at the end of the header: zone, colours, who is signed in. */
export function Settings({ view }: { view: View }) {
  const { look, role, formToken, path } = view;
  const zoneWords = { local: look.localZone ?? `${look.zone} (default)`, utc: "UTC" };
  return (
    <details class="menu">
      <summary title="Time zone, colours, sign out">
        <Icon name="gear" />
        <span class="zone">{view.zone}</span>
      </summary>
      <form method="post" action="/ui/settings" class="panel">
        <input type="hidden" name="form_token" value={formToken} />
        <input type="hidden" name="back" value={path} />
        <fieldset>
          <legend>Times in</legend>
          {ZONE_CHOICES.map((choice) => (
            <button
              type="submit"
              name="zone"
              value={choice}
              aria-pressed={pressed(choice === look.zoneChoice)}
            >
              {zoneWords[choice]}
            </button>
          ))}
        </fieldset>
        <fieldset>
          <legend>Colours</legend>
          {THEMES.map((theme) => (
            <button
              type="submit"
              name="theme"
              value={theme}
              aria-pressed={pressed(theme === look.theme)}
            >
              {THEME_WORDS[theme]}
            </button>
          ))}
        </fieldset>
        <p class="quiet">
          Signed in as <b>{role}</b> · <a href="/docs">API</a>
        </p>
        <button type="submit" formaction="/ui/sign-out">Sign out</button>
      </form>
    </details>
  );
}

function pressed(is: boolean): "true" | "false" {
  return is ? "true" : "false";
}
