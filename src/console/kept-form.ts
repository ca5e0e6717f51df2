import type { PageContext } from "./page.js";
import { sealBy, unsealBy } from "./seal.js";
import { ownerOf, type Session } from "./session.js";
import { KEPT_SECONDS, keptSecret, setKeptSecret } from "./session-cookie.js";

/** What somebody typed into a form, so much of it. */
const MOST_CHARACTERS = 64 * 1024;

/** Sealed it is a third longer, and its address is with it. */
const MOST_SEALED = 2 * MOST_CHARACTERS;

/** The field of a form that names those which are never kept: their names, with `*` for the number of a row. */
export const NOT_KEPT = "not-kept";

/** The field in which a form comes back. */
export const AGAIN = "again";

interface Kept {
  /** Where it was sent. */
  readonly url: string;
  /** Epoch ms. */
  readonly at: number;
  readonly fields: string;
}

/** What was typed, without secrets. */
function withoutSecrets(form: URLSearchParams): URLSearchParams {
  const secret = new Set(form.getAll(NOT_KEPT));
  const isSecret = (name: string) => secret.has(name) || secret.has(name.replace(/\.\d+\./, ".*."));
  return new URLSearchParams([...form].filter(([name]) => name !== NOT_KEPT && !isSecret(name)));
}

/**
 * What was typed in a session that has ended, for the page to carry through signing in: the service keeps nothing of it,
 * and the browser's cookie alone opens it. null: it is too much.
 */
export function keepForm(page: PageContext, always: boolean): string | null {
  const fields = withoutSecrets(page.form).toString();
  if (fields.length > MOST_CHARACTERS) return null;
  const kept: Kept = { url: page.request.url, at: page.now, fields };
  return sealBy(setKeptSecret(page.request, page.reply, always), JSON.stringify(kept));
}

/** What a page to sign in has carried so far; undefined: nothing, or what no such page can have held. */
export function keptIn(form: URLSearchParams): string | undefined {
  const kept = form.get("kept") ?? "";
  return kept.length <= MOST_SEALED && /^[\w-]+$/.test(kept) ? kept : undefined;
}

/** What was kept for this address in this browser, within the last hour; null: nothing. */
export function openForm({ request, form, now }: PageContext, always: boolean): URLSearchParams | null {
  const secret = keptSecret(request, always);
  const opened = secret === "" ? null : unsealBy(secret, form.get(AGAIN) ?? "");
  if (opened === null) return null;
  const { url, at, fields } = JSON.parse(opened) as Kept;
  return url === request.url && now - at <= KEPT_SECONDS * 1000 ? new URLSearchParams(fields) : null;
}

/** Whether who is signed in has typed it. */
export function isOwnForm(form: URLSearchParams, { principal }: Session): boolean {
  const owner = form.get("owner") ?? "";
  return owner !== "" && owner === ownerOf({ principal, csrf: form.get("csrf") ?? "" });
}
