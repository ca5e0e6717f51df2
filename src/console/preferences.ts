import type { FastifyRequest } from "fastify";
import type { Language } from "../types.js";
import type { OpenPage } from "./page.js";
import type { Session } from "./session.js";
import { isLanguage, languageOf } from "./word.js";

/** How the colours are chosen: `system` follows the device. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const LANGUAGE_COOKIE = "waybell-language";
export const THEME_COOKIE = "waybell-theme";
const YEAR_SECONDS = 31_536_000;

const isTheme = (text: unknown): text is Theme => THEMES.some((theme) => theme === text);

/** The language and the colours of who looks: as chosen in this browser, else as the account says, else as the browser asks. */
export function preferencesOf(
  request: FastifyRequest,
  session: Pick<Session, "language"> | null,
): { readonly language: Language; readonly theme: Theme } {
  const { [LANGUAGE_COOKIE]: language, [THEME_COOKIE]: theme } = request.cookies ?? {};
  return {
    language: isLanguage(language) ? language : (session?.language ?? languageOf(request.headers["accept-language"])),
    theme: isTheme(theme) ? theme : "system",
  };
}

/** Where a form may lead to: an address of these pages, whatever it was given. */
export function ownAddress(text: string | null): string {
  // Two slashes, or a slash and a backslash, begin the name of another host.
  return text !== null && /^\/(?![/\\])[\x21-\x7e]{0,2000}$/.test(text) ? text : "/";
}

/** Keeps the chosen language and colours in the browser. */
export const preferencesPage: OpenPage = {
  method: "POST",
  path: "/preferences",
  roles: "anyone",
  async answer({ form, reply }) {
    const cookie = { path: "/", maxAge: YEAR_SECONDS, sameSite: "lax", httpOnly: true } as const;
    const [language, theme] = [form.get("language"), form.get("theme")];
    if (isLanguage(language)) reply.setCookie(LANGUAGE_COOKIE, language, cookie);
    if (isTheme(theme)) reply.setCookie(THEME_COOKIE, theme, cookie);
    return { location: ownAddress(form.get("next")) };
  },
};
