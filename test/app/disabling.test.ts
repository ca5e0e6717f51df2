import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../support/clock.js";
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
let service: TestService;
let published: number;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  clock = manualClock(Date.UTC(2026, 2, 2, 9));
  [receiver, smtp] = [await startHttpReceiver(), await startSmtp()];
  receiver.answer = { status: 500 };
  published = 0;
  service = await start();
});
afterEach(async () => {
  await service.close();
  await Promise.all([receiver.stop(), smtp.close()]);
  removeFolder();
});

const start = () => startTestService(folder, { clock, env: { SMTP_URL: smtp.url, DISABLE_AFTER_DAYS: "3" } });
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
    await soon(() => subjects("will be disabled on").length === 1, "the mail a day before");

    await service.close();
    service = await start();
    expect(await shown(id)).toMatchObject({ state: "active", disablesAt });
    await passUntil(async () => (await shown(id)).state !== "active", "the disabling");
    expect(clock.now()).toBeGreaterThanOrEqual(Date.parse(disablesAt ?? ""));
    const after = await shown(id);
    expect(after).toMatchObject({ state: "disabled", disablesAt: null });
    expect(after.stateReason).toMatch(/^nothing but failures since 2026-03-02T/);
    await soon(() => subjects("ERP is disabled").length === 1, "the mail that it is disabled");
    // While a mail is on its way half an hour may pass here, after which it is sent again: it is one mail all the same.
    const notices = smtp.mails.filter(({ parsed }) => parsed.subject?.includes("will be disabled on"));
    expect(new Set(notices.map(({ parsed }) => parsed.messageId)).size).toBe(1);
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
