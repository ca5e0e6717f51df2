import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser as Reader } from "../console/signed-in.js";
import { newVisitor, startBrowser, type Visitor } from "../support/browser.js";
import { mailedLink } from "../support/console-scene.js";
import { EVERY_PAGE } from "../support/every-page.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";

const { folder, remove } = temporaryFolder();
/** Stands in everything that is the other customer's, and in no address that is asked for. */
const PLANTED = "Zwartekoffer";
const OTHERS_ORDER = "R-77001";

let smtp: SmtpTestServer;
let receiver: HttpReceiver;
let service: TestService;
let browser: Browser;
let visitor: Visitor;
/** One of the other customer's people, signed in at the same time. */
let rival: Reader;
/** Of the other customer, by what they are. */
let theirs: Readonly<Record<"endpoint" | "delivery" | "failed" | "event" | "key" | "user", string>>;

const made = async (path: string, body: unknown) => (await service.call<{ id: string }>("POST", path, body)).body.id;

async function endpointOf(customer: string, name: string, path: string): Promise<string> {
  return made(`/v1/customers/${customer}/endpoints`, {
    name,
    transport: { type: "http-post", url: `${receiver.url}/${path}` },
    template: { name: "ontime", options: { format: "json" } },
    retry: { schedule: ["0s"] },
  });
}

/** A customer with an order that arrived, and one that did not. */
async function plant(customer: string, word: string, order: string) {
  const may = ["test", "retry", "pause", "edit", "create"];
  const emails = [`${word.toLowerCase()}@${customer}.example`];
  await service.call("PUT", `/v1/customers/${customer}`, {
    name: `${word} BV`,
    emails,
    portal: { enabled: true, may },
  });
  const endpoint = await endpointOf(customer, `${word} ERP`, word);
  await endpointOf(customer, `${word} web shop`, `refuses/${word}`);
  await service.call("PUT", `/v1/customers/${customer}/orders/${order}`, {
    reference: `${word} reference`,
    recipient: { name: `${word} Peeters` },
  });
  const { body } = await service.call<{ id: string }>("POST", "/v1/events", {
    customer,
    order,
    statusCode: "take",
    statusTime: new Date().toISOString(),
    comment: `${word} comment`,
    reference: `${word} reference`,
    descriptions: { en: `${word} described` },
  });
  const deliveries = () =>
    service.call<{ items: { id: string; state: string }[] }>("GET", `/v1/deliveries?customer=${customer}`);
  const inState = async (state: string) => (await deliveries()).body.items.find((one) => one.state === state)?.id ?? "";
  await until(async () => (await inState("failed")) !== "" && (await inState("delivered")) !== "", 15_000, "both");
  return { endpoint, event: body.id, delivery: await inState("delivered"), failed: await inState("failed") };
}

beforeAll(async () => {
  [smtp, receiver, browser] = await Promise.all([startSmtp(), startHttpReceiver(), startBrowser()]);
  receiver.answer = ({ url }, response) =>
    void response.writeHead(url.startsWith("/refuses") ? 503 : 200).end(`${PLANTED} answers`);
  service = await startTestService(folder, { env: { SMTP_URL: smtp.url, PUBLIC_URL: "http://waybell.test" } });
  const planted = await plant("rival", PLANTED, OTHERS_ORDER);
  rival = new Reader(service.url);
  const theirMail = `${PLANTED.toLowerCase()}@rival.example`;
  await rival.post("/sign-in/link", { "link-email": theirMail });
  await rival.post(await mailedLink(smtp, theirMail));
  receiver.answer = { status: 200, body: "thanks" };
  await service.call("PUT", "/v1/customers/acme", {
    name: "Acme",
    emails: ["it@acme.example"],
    portal: { enabled: true, may: ["test", "retry", "pause", "edit", "create"] },
  });
  const key = await made("/v1/keys", { name: `${PLANTED} key`, role: "customer", customer: "rival" });
  const user = await made("/v1/users", { email: `${PLANTED}@rival.example`, role: "operator", name: PLANTED });
  theirs = { ...planted, key, user };
  visitor = await newVisitor(browser, service.url);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await Promise.all([smtp?.close(), receiver?.stop()]);
  remove();
});

/** What the other customer has, as the API shows it. */
async function possessions(): Promise<unknown[]> {
  const paths = [
    "/v1/customers/rival",
    "/v1/customers/rival/endpoints",
    `/v1/customers/rival/orders/${OTHERS_ORDER}`,
    "/v1/deliveries?customer=rival",
    "/v1/events?customer=rival",
    `/v1/keys/${theirs.key}`,
    `/v1/users/${theirs.user}`,
  ];
  return Promise.all(paths.map(async (path) => (await service.call("GET", path)).body));
}

interface Asked {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** It names what is the other customer's in its path. */
  readonly isTheirs: boolean;
}

/** A page's addresses with the ids of the other in every place where an id may stand. */
function addressesOf(method: "GET" | "POST", path: string, own: { readonly endpoint: string }): Asked[] {
  const values: Readonly<Record<string, readonly (readonly [value: string, isTheirs: boolean])[]>> = {
    id: [...Object.values(theirs).map((id) => [id, true] as const), [own.endpoint, false]],
    customer: [
      ["rival", true],
      ["acme", false],
    ],
    order: [[OTHERS_ORDER, true]],
    token: [["of-nobody", false]],
  };
  let found: readonly (readonly [url: string, isTheirs: boolean])[] = [[path, false]];
  for (const [whole, name = ""] of path.matchAll(/:(\w+)/g)) {
    const given = values[name];
    if (!given) throw new Error(`${path}: no value of the other customer is known for :${name}`);
    found = found.flatMap(([url, was]) => given.map(([value, is]) => [url.replace(whole, value), was || is] as const));
  }
  return found.map(([url, isTheirs]) => ({ method, url, isTheirs }));
}

/** Everything that a query or a form may name, each of the other customer. */
function names(): Record<string, string> {
  const { endpoint, failed, event, key } = theirs;
  return {
    customer: "rival",
    endpoint,
    order: OTHERS_ORDER,
    delivery: failed,
    id: failed,
    ids: failed,
    event,
    key,
    copy: endpoint,
    basedOn: endpoint,
  };
}

/** Sends it with the session of the browser; what is live is read until it has said something. */
async function ask({ method, url }: Asked, form: Record<string, string> = {}) {
  const cookie = (await visitor.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const response = await fetch(service.url + url, {
    method,
    redirect: "manual",
    headers: { cookie, accept: "text/html" },
    ...(method === "POST" ? { body: new URLSearchParams(form) } : {}),
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { status: response.status, text: await response.text() };
  }
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return { status: response.status, text: new TextDecoder().decode(value) };
}

const pagesOf = (method: string) => EVERY_PAGE.filter((page) => page.method === method && page.path !== "/sign-out");

describe("a customer's people", () => {
  it("come in by a link of a mail, and see what is theirs", async () => {
    const { page } = visitor;
    await page.goto("/sign-in");
    await page.locator("[name=link-email]").fill("it@acme.example");
    await page.getByRole("button", { name: "Send me a link" }).click();
    await page.getByRole("heading", { name: "Look in your mail" }).waitFor();
    await page.goto(await mailedLink(smtp, "it@acme.example"));
    await page.locator("main form button[type=submit]").click();
    await page.getByRole("link", { name: "Endpoints", exact: true }).click();
    await page.getByRole("heading", { name: "Endpoints" }).waitFor();
    // What is live ends with its page.
    expect(visitor.troubles.filter((text) => !text.endsWith("/live failed"))).toEqual([]);
  });

  it("read nothing of another customer at any address", async () => {
    const endpoint = await endpointOf("acme", "Own", "own");
    const pages = pagesOf("GET");
    expect(pages.length).toBeGreaterThan(20);
    for (const { path } of pages) {
      for (const asked of addressesOf("GET", path, { endpoint })) {
        const one = Object.entries(names()).map(([name, value]) => `?${new URLSearchParams({ [name]: value })}`);
        const together = `?${new URLSearchParams({ ...names(), verb: "retry", state: "failed" })}`;
        for (const query of asked.isTheirs ? ["", together] : ["", together, ...one]) {
          const { status, text } = await ask({ ...asked, url: asked.url + query });
          expect(text, asked.url + query).not.toContain(PLANTED);
          if (asked.isTheirs) expect([403, 404], `${asked.url}${query}: ${status}`).toContain(status);
          expect(status, asked.url + query).toBeLessThan(500);
        }
      }
    }
  });

  it("change nothing of another customer by any form", async () => {
    const before = await possessions();
    expect(JSON.stringify(before)).toContain(PLANTED);
    const csrf = (await visitor.page.locator("input[name=csrf]").first().getAttribute("value")) ?? "";
    const sent = receiver.received.length;
    const setting = {
      name: "Reaching",
      transport: "http-post",
      template: "ontime",
      "transport.url": `${receiver.url}/reached`,
    };
    for (const { path } of pagesOf("POST")) {
      const endpoint = await endpointOf("acme", `Own of ${path}`, "own");
      for (const asked of addressesOf("POST", path, { endpoint })) {
        for (const what of ["save", "test"]) {
          const more = { csrf, do: what, verb: "retry", state: "failed", fingerprint: "x", ...setting };
          const { status, text } = await ask(asked, { ...names(), ...more });
          expect(text, `${asked.url} ${what}`).not.toContain(PLANTED);
          const refusals = asked.url.startsWith("/account/sessions/") ? [303] : [403, 404];
          if (asked.isTheirs) expect(refusals, `POST ${asked.url}: ${status}`).toContain(status);
          expect(status, `POST ${asked.url}`).toBeLessThan(500);
        }
      }
    }
    expect(await possessions()).toEqual(before);
    expect((await rival.get("/endpoints")).status).toBe(200);
    expect(
      receiver.received
        .slice(sent)
        .map(({ body }) => body.toString())
        .join("\n"),
    ).not.toContain(PLANTED);
    // They were signed in all the while: what was refused was refused to them.
    expect(await ask({ method: "GET", url: "/endpoints", isTheirs: false })).toMatchObject({ status: 200 });
  });
});
