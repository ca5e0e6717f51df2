import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type Gate, startGate } from "../support/gate.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Shown {
  readonly state: string;
  readonly stateReason: string;
  readonly disablesAt: string | null;
}

let folder: string;
let removeFolder: () => void;
let clock: ManualClock;
let receiver: HttpReceiver;
let smtp: SmtpTestServer;
/** Before the mail server: shut while hours pass, as they would within the time that one mail has. */
let gate: Gate;
let lines: string[];
let service: TestService;
let published: number;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  clock = manualClock(Date.UTC(2026, 2, 2, 9));
  [receiver, smtp] = [await startHttpReceiver(), await startSmtp()];
  receiver.answer = { status: 500 };
  gate = await startGate(smtp.port);
  await gate.shut();
  lines = [];
  published = 0;
  service = await start();
});
afterEach(async () => {
  await service.close();
  await gate.shut();
  await Promise.all([receiver.stop(), smtp.close()]);
  removeFolder();
});

const start = () => {
  const env = { SMTP_URL: `smtp://127.0.0.1:${gate.port}`, DISABLE_AFTER_DAYS: "3", PUBLIC_URL: "https://w.example/" };
  return startTestService(folder, { clock, env, lines });
};
const shown = async (id: string) => (await service.call<Shown>("GET", `/v1/endpoints/${id}`)).body;
const subjects = (word: string) =>
  smtp.mails.flatMap(({ parsed }) => (parsed.subject?.includes(word) ? [parsed.subject] : []));

/** Lets six hours pass, with an order published at their beginning, and time for what each step begins. */
async function quarter(): Promise<void> {
  expect((await service.publish({ order: `A${++published}` })).status).toBe(202);
  for (let step = 0; step < 12; step++) {
    await clock.advance(HOUR / 2);
    await new Promise((turn) => setTimeout(turn, 10));
  }
}

/** Lets days pass until it is so; on a busy machine more of them, as a step may be over before what it began. */
async function passUntil(seen: () => Promise<boolean>, what: string): Promise<void> {
  for (let quarters = 0; !(await seen()); quarters++) {
    if (quarters > 200) throw new Error(`${what} has not happened`);
    await quarter();
  }
}

/** Waits for what follows within seconds. */
const soon = (seen: () => boolean | Promise<boolean>, what: string) =>
  until(
    async () => {
      await clock.advance(1_000);
      return seen();
    },
    30_000,
    what,
  );

const logged = (...words: string[]) => lines.filter((line) => words.every((word) => line.includes(word))).length;

/** Lets the mail server be reached until the log says so of a mail of this kind; the mailer's pauses are an hour at most. */
async function mailed(kind: string, what = "mail: sent"): Promise<void> {
  const before = logged(what, `"kind":"${kind}"`);
  const seen = () => logged(what, `"kind":"${kind}"`) > before;
  await gate.open();
  for (let steps = 0; !seen(); steps++) {
    if (steps > 120) throw new Error(`${what} of ${kind} has not happened`);
    // A mail has a minute by the clock, and the test's server lets each connection wait before it greets.
    await clock.advance(45_000);
    await until(seen, 250).catch(() => undefined);
  }
  await gate.shut();
}

describe("a receiver that says no for days", { timeout: 120_000 }, () => {
  it("is disabled after its notice, with all kept, and gets it when it is resumed", async () => {
    const began = clock.now();
    const alerts = { emails: ["it@acme.example"], language: "en" };
    const id = await service.endpoint(receiver.url, { name: "ERP", alerts });
    await passUntil(async () => (await shown(id)).disablesAt !== null, "the plan");
    expect(clock.now()).toBeGreaterThanOrEqual(began + 2 * DAY);
    const { disablesAt, state } = await shown(id);
    expect(state).toBe("active");
    expect(Date.parse(disablesAt ?? "")).toBeGreaterThanOrEqual(began + 3 * DAY);
    await mailed("disabling");

    await service.close();
    service = await start();
    const planned = await shown(id);
    expect(planned.state).toBe("active");
    expect(Date.parse(planned.disablesAt ?? "")).toBeGreaterThanOrEqual(Date.parse(disablesAt ?? ""));
    await passUntil(async () => (await shown(id)).state !== "active", "the disabling");
    expect(clock.now()).toBeGreaterThanOrEqual(Date.parse(disablesAt ?? ""));
    const after = await shown(id);
    expect(after).toMatchObject({ state: "disabled", disablesAt: null });
    expect(after.stateReason).toMatch(/^nothing but failures since 2026-03-02T/);
    await mailed("disabled");
    expect(subjects("ERP is disabled")).toHaveLength(1);
    expect(subjects("will be disabled on")).toHaveLength(1);
    const { body: audit } = await service.call<{ items: unknown[] }>("GET", `/v1/audit?subject=${id}`);
    expect(audit.items[0]).toMatchObject({
      key: { id: "waybell", role: "service" },
      operation: "disableEndpoint",
      after: { state: "disabled" },
    });

    receiver.answer = { status: 200 };
    const before = receiver.received.length;
    for (let times = 0; times < 4; times++) await quarter();
    expect(receiver.received.length).toBe(before);
    const inState = async (state: string) =>
      (await service.call<{ items: unknown[] }>("GET", `/v1/deliveries?state=${state}&limit=500`)).body.items.length;
    const kept = await inState("pending");
    expect(kept).toBeGreaterThan(4);
    expect(await inState("delivered")).toBe(0);
    expect((await service.call("POST", `/v1/endpoints/${id}/resume`, {})).status).toBe(200);
    await soon(async () => (await inState("delivered")) === kept, "the arrival of all that waited");
    expect(receiver.received.length).toBe(before + kept);
    expect(await shown(id)).toMatchObject({ state: "active", stateReason: "", disablesAt: null });
  });

  it("is not disabled while the mail server is down, but a day after it took the announcement", async () => {
    const alerts = { emails: ["it@acme.example"], language: "en" };
    const id = await service.endpoint(receiver.url, { name: "ERP", alerts });
    await passUntil(async () => (await shown(id)).disablesAt !== null, "the plan");
    const first = Date.parse((await shown(id)).disablesAt ?? "");
    await passUntil(async () => clock.now() > first + DAY, "another day");
    const late = await shown(id);
    expect(late.state).toBe("active");
    expect(Date.parse(late.disablesAt ?? "")).toBeGreaterThan(clock.now() + DAY / 2);
    expect(logged("is disabled later: the mail server has not taken its announcement yet")).toBeGreaterThan(5);
    expect(smtp.mails).toHaveLength(0);

    const opened = clock.now();
    await mailed("disabling");
    expect(subjects("will be disabled on")).toHaveLength(1);
    const day = new Date(opened + DAY).toISOString().slice(0, 10).split("-").reverse().join("/");
    expect(subjects(`will be disabled on ${day}`)).toHaveLength(1);
    await passUntil(async () => (await shown(id)).state !== "active", "the disabling");
    expect(clock.now()).toBeGreaterThanOrEqual(opened + DAY);
    expect(clock.now()).toBeLessThan(opened + 2 * DAY);
    expect((await shown(id)).stateReason).toMatch(/^nothing but failures since 2026-03-02T/);
  });

  it("is disabled when its announcement was refused for good, which its reason and the log say", async () => {
    smtp.refuseRecipient = () => ({ code: 550, text: "No such user here" });
    const id = await service.endpoint(receiver.url, { alerts: { emails: ["gone@acme.example"] } });
    await passUntil(async () => (await shown(id)).disablesAt !== null, "the plan");
    await mailed("disabling", "mail: given up");
    await passUntil(async () => (await shown(id)).state !== "active", "the disabling");
    expect((await shown(id)).stateReason).toMatch(
      /^nothing but failures, with the announcement undelivered, since 2026/,
    );
    expect(logged("an endpoint was disabled though no mail could announce it")).toBe(1);
  });

  it("is spared by one success after its notice", async () => {
    const id = await service.endpoint(receiver.url);
    await passUntil(async () => (await shown(id)).disablesAt !== null, "the plan");
    receiver.script({ status: 200 });
    await passUntil(async () => (await shown(id)).disablesAt === null, "the end of the plan");
    expect((await shown(id)).state).toBe("active");
    for (let times = 0; times < 6; times++) await quarter();
    expect(await shown(id)).toMatchObject({ state: "active", disablesAt: null });
  });
});
