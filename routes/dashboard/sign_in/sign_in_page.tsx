import type { Look } from "../look.ts";
import { blankView } from "../error_page.tsx";
import { Icon } from "../parts/icons.tsx";
import { renderPage } from "../parts/page.tsx";

export interface SignInProps {
  look: Look;
  formToken: string;
  /** Where to go afterwards. */
  next: string;
  /** The link of the log that led here. */
  link: { token: string; isGood: boolean } | null;
  /** Whether any key would be accepted. */
  hasKeys: boolean;
  problem?: string;
}

/** The page to sign in: by the link of the log with one press, else with a key. */
export function signInPage(props: SignInProps): string {
  const { look, link, problem, hasKeys } = props;
  return renderPage({
    view: { ...blankView(), look, zone: look.zone },
    title: "Sign in",
    children: (
      <section class="card sign-in">
        <h1 class="brand">
          <Icon name="brand" /> Edge Cron
        </h1>
        {problem && <p class="problem" role="alert">{problem}</p>}
        {link?.isGood && !problem ? <ByLink {...props} token={link.token} /> : (
          <>
            {link && !problem && (
              <p class="problem" role="alert">
                The link is used up or older than 10 minutes; a restart prints a new one.
              </p>
            )}
            {hasKeys ? <ByKey {...props} /> : <NoKeys />}
          </>
        )}
      </section>
    ),
  });
}

function ByLink({ formToken, next, token }: SignInProps & { token: string }) {
  return (
    <form method="post" action="/ui/sign-in">
      <Hidden formToken={formToken} next={next} />
      <input type="hidden" name="link" value={token} />
      <p>You come by the link that the program printed. It opens the dashboard once.</p>
      <button type="submit" class="primary" autofocus>Open the dashboard</button>
    </form>
  );
}

function ByKey({ formToken, next }: SignInProps) {
  return (
    <form method="post" action="/ui/sign-in">
      <Hidden formToken={formToken} next={next} />
      <label>
        Key
        <input
          type="password"
          name="key"
          autocomplete="current-password"
          autofocus
          required
          spellcheck={false}
        />
      </label>
      <button type="submit" class="primary">Sign in</button>
      <p class="quiet">
        A key of{" "}
        <code>API_KEYS</code>. On your own machine, the link in the program's log signs you in too.
      </p>
    </form>
  );
}

function NoKeys() {
  return (
    <p>
      Nobody can sign in with a key yet: set <code>API_KEYS=admin:…</code>{" "}
      and start the program again.
    </p>
  );
}

function Hidden({ formToken, next }: { formToken: string; next: string }) {
  return (
    <>
      <input type="hidden" name="form_token" value={formToken} />
      <input type="hidden" name="next" value={next} />
    </>
  );
}
