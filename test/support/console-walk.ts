import { expect } from "vitest";
import { Browser, PASSWORD, welcomePath } from "../console/signed-in.js";
import { EVERY_PAGE } from "./every-page.js";

const ROLES = ["admin", "operator", "auditor", "customer"] as const;

/** Somebody of a role, signed in; the customer's is one of `acme`. */
export interface Reader {
  readonly role: (typeof ROLES)[number];
  readonly browser: Browser;
}

type Ask = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly body: Readonly<Record<string, unknown>> }>;

/** One of each role, by invitations. `ask`: calls the API as admin. */
export async function everyReader(url: string, ask: Ask): Promise<Reader[]> {
  const readers: Reader[] = [];
  for (const role of ROLES) {
    const user = { email: `${role}@readers.example`, role, ...(role === "customer" ? { customer: "acme" } : {}) };
    const { body } = await ask("POST", "/v1/users", user);
    const browser = new Browser(url);
    const { status } = await browser.post(welcomePath(String(body.link)), { password: PASSWORD });
    expect(status, role).toBe(303);
    readers.push({ role, browser });
  }
  return readers;
}

export const cookieOf = ({ browser }: Reader) =>
  [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");

/** What no page links to: what follows a search, and what is open to nobody in particular. */
const UNLINKED = [
  "/deliveries/bulk?verb=retry&state=failed",
  "/sign-in",
  "/welcome/of-no-use",
  "/statuses/edit?code=take",
] as const;

/** So many addresses that differ in the values of their query alone: filters of one list show no more than it does. */
const ALIKE = 3;
/** So many pages of things of one kind: admins and auditors see no more of each than operators, who look at all of them. */
const OF_A_KIND = { admin: 5, operator: Number.POSITIVE_INFINITY, auditor: 5, customer: Number.POSITIVE_INFINITY };

type Look = (reader: Reader, path: string) => Promise<string>;

function linksOf(html: string): string[] {
  const found = html.matchAll(/(?:<a\b[^>]*? href|hx-get)="(\/(?!\/)[^"#]*)/g);
  return [...found].map(([, address = ""]) => address.replaceAll("&amp;", "&"));
}

/** Looks at what every link leads to, from the overview on; `look` returns the page, empty for what is none. Returns the paths. */
async function crawl(reader: Reader, look: Look): Promise<string[]> {
  const counts = new Map<string, number>();
  const isEnough = (kind: string, most: number) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count > most;
  };
  const seen = new Set<string>();
  const looked: string[] = [];
  const waiting: string[] = ["/"];
  if (reader.role === "admin") waiting.push(...UNLINKED);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { pathname, searchParams } = new URL(next, reader.browser.url);
    if (seen.has(next) || pathname.startsWith("/docs")) continue;
    seen.add(next);
    const query = [...new Set(searchParams.keys())].sort().join("&");
    if (isEnough(`${pathname}?${query}`, ALIKE)) continue;
    if (isEnough(`${pathname.replace(/[a-z]+_\w{20,}/, "id")}?${query}`, OF_A_KIND[reader.role])) continue;
    looked.push(pathname);
    waiting.push(...linksOf(await look(reader, next)));
  }
  return looked;
}

/** Looks at every page of the console, as each reader sees it. */
export async function everyPageOf(readers: readonly Reader[], look: Look): Promise<void> {
  const looked = new Set((await Promise.all(readers.map((reader) => crawl(reader, look)))).flat());
  const patterns = EVERY_PAGE.filter(({ method, path }) => method === "GET" && path !== "/live");
  const missed = patterns.filter(({ path }) => {
    const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
    return ![...looked].some((each) => pattern.test(each));
  });
  expect(missed.map(({ path }) => path)).toEqual([]);
}
