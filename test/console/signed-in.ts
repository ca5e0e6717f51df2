import { expect } from "vitest";

/** What a browser got. */
interface Reply {
  readonly status: number;
  readonly html: string;
  readonly location: string | null;
  readonly headers: Headers;
}

/** A browser without JavaScript: it keeps cookies, and follows nothing by itself. */
export class Browser {
  readonly url: string;
  readonly cookies = new Map<string, string>();
  readonly #headers: Record<string, string>;
  #csrf = "";

  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.#headers = { accept: "text/html", "accept-language": "en", ...headers };
  }

  async #ask(path: string, init: RequestInit): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...this.#headers, ...(cookie === "" ? {} : { cookie }), ...(init.headers as object) };
    const response = await fetch(new URL(path, this.url), { ...init, headers, redirect: "manual" });
    for (const text of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === "" || /Max-Age=0/i.test(text)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const html = await response.text();
    this.#csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? this.#csrf;
    return { status: response.status, html, location: response.headers.get("location"), headers: response.headers };
  }

  get(path: string): Promise<Reply> {
    return this.#ask(path, {});
  }

  /** Posts a form, with the token of the last page that had one. */
  post(path: string, form: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Reply> {
    const body = new URLSearchParams({ ...(this.#csrf === "" ? {} : { csrf: this.#csrf }), ...form });
    return this.#ask(path, { method: "POST", body, headers });
  }

  /** The token of the session; undefined: nobody is signed in. */
  get session(): string | undefined {
    return this.cookies.get("waybell-session") ?? this.cookies.get("__Host-waybell-session");
  }
}

export const PASSWORD = "correct horse battery";
export const ADMIN = { email: "Ann@Example.com", name: "Ann", password: PASSWORD };

/** The path of a link to sign in, in whatever it stands. */
export const welcomePath = (text: string): string => /\/welcome\/[\w-]{43}/.exec(text)?.[0] ?? "no link";

/** Makes the first admin by the link that the start has shown, in a browser of theirs. */
export async function firstAdmin(url: string, shown: readonly string[], headers = {}): Promise<Browser> {
  const browser = new Browser(url, headers);
  const reply = await browser.post(welcomePath(shown.join("")), ADMIN);
  expect([reply.status, reply.location]).toEqual([303, "/"]);
  return browser;
}
