import type { ComponentChildren } from "preact";
import type { Assets } from "./assets.js";
import { Csrf } from "./components/form.js";
import { usePage } from "./components/use-page.js";
import { Ended, Renewed } from "./ended.js";
import { belongsTo, navigationFor } from "./navigation.js";
import { ownAddress, THEMES, type Theme } from "./preferences.js";
import { isolated } from "./reading-direction.js";
import { LANGUAGE_NAMES, LANGUAGES } from "./word.js";
import { type NoticeName, notices, WARNINGS } from "./words/notices.js";
import { shell } from "./words/shell.js";

interface ShellProps {
  readonly title: string;
  readonly assets: Assets;
  readonly theme: Theme;
  readonly version: string;
  readonly path: string;
  readonly wide?: boolean | undefined;
  readonly children: ComponentChildren;
}

/** htmx without what a strict Content-Security-Policy forbids: eval, and styles that it would add itself. */
const HTMX = JSON.stringify({
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  // Refusals hold what is wrong: they are shown in place too.
  responseHandling: [
    { code: "204", swap: false },
    { code: "[2345]..", swap: true },
  ],
});

function Navigation({ path }: { readonly path: string }) {
  const { t, session } = usePage();
  if (!session) return null;
  const groups = navigationFor(session.principal.role);
  const all = groups.flatMap(({ links }) => links);
  return (
    <nav class="navigation" aria-label={t(shell.menu)}>
      {groups.map(({ heading, links }) => (
        <>
          {heading && <p class="navigation-heading">{t(heading)}</p>}
          <ul>
            {links.map(({ address, word }) => (
              <li key={address}>
                <a href={address} aria-current={belongsTo(address, path, all) ? "page" : undefined}>
                  {t(word)}
                </a>
              </li>
            ))}
          </ul>
        </>
      ))}
    </nav>
  );
}

/** The address of the page, to come back to; without what was said once. */
function comeBack(path: string, query: URLSearchParams): string {
  const rest = new URLSearchParams(query);
  for (const name of ["notice", "count"]) rest.delete(name);
  const address = rest.size > 0 ? `${path}?${rest}` : path;
  return ownAddress(address) === address ? address : path;
}

/** Language and colours; they work without JavaScript. What came of a form cannot be shown once more: it keeps its own. */
function Preferences({ theme, path }: { readonly theme: Theme; readonly path: string }) {
  const { t, language, query, request } = usePage();
  if (request.method !== "GET") return null;
  return (
    <form method="post" action="/preferences" class="preferences" data-submit-on-change>
      <Csrf />
      <input type="hidden" name="next" value={comeBack(path, query)} />
      <label>
        <span class="visually-hidden">{t(shell.language)}</span>
        <select name="language">
          {LANGUAGES.map((each) => (
            <option key={each} value={each} lang={each} selected={each === language}>
              {LANGUAGE_NAMES[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="visually-hidden">{t(shell.theme)}</span>
        <select name="theme">
          {THEMES.map((each) => (
            <option key={each} value={each} selected={each === theme}>
              {t(shell[each])}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button small" data-without-script>
        {t(shell.apply)}
      </button>
    </form>
  );
}

function Account() {
  const { t, session } = usePage();
  if (!session) return null;
  return (
    <form method="post" action="/sign-out" class="account">
      <Csrf />
      <p class="account-name">
        <span class="visually-hidden">{t(shell.signedInAs)} </span>
        <a href="/account">
          <bdi>{session.name}</bdi>
        </a>
      </p>
      <button type="submit" class="button small quiet">
        {t(shell.signOut)}
      </button>
    </form>
  );
}

function Notice() {
  const { t, query, format } = usePage();
  const name = query.get("notice");
  if (name === null || !Object.hasOwn(notices, name)) return null;
  const count = Number(query.get("count") ?? 0);
  const text = t<(count: string) => string>(notices[name as NoticeName]);
  return (
    <p class={`notice ${WARNINGS.has(name) ? "warn" : "good"}`} role="status">
      {text(format.number(Number.isSafeInteger(count) ? count : 0))}
    </p>
  );
}

/** The frame of every page: what it loads, the menu, and what was just done. */
export function Shell({ title, assets, theme, version, path, wide, children }: ShellProps) {
  const { t, language, session, format } = usePage();
  return (
    <html lang={language} data-theme={theme === "system" ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${isolated(title)} – Waybell`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX} />
        <link rel="icon" href={assets.path("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.path("console.css")} />
        <script src={assets.path("htmx.js")} defer />
        <script src={assets.path("htmx-sse.js")} defer />
        <script src={assets.path("console.js")} defer />
      </head>
      <body
        class={session ? undefined : "signed-out"}
        hx-headers={session ? JSON.stringify({ "x-csrf-token": session.csrf }) : undefined}
      >
        <a class="skip" href="#content">
          {t(shell.skip)}
        </a>
        <header class="side">
          <a class="brand" href="/">
            <img src={assets.path("icon.svg")} alt="" width="28" height="28" />
            Waybell
          </a>
          <Navigation path={path} />
        </header>
        <main id="content" tabIndex={-1} class={wide ? "wide" : undefined}>
          {session && (
            <div id="session-ended" class="notice warn" role="alert" hidden>
              <div data-session="ended">
                <Ended />
              </div>
              <div data-session="renewed">
                <Renewed />
              </div>
            </div>
          )}
          <p id="not-answered" class="notice bad" role="alert" hidden>
            {t(shell.notAnswered)}
          </p>
          <Notice />
          {children}
        </main>
        <footer class="side-end">
          <Account />
          <Preferences theme={theme} path={path} />
          <p class="version">
            {t(shell.times)}: {format.timeZone}
            <br />
            Waybell {version}
          </p>
        </footer>
      </body>
    </html>
  );
}
