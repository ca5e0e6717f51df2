import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HOSTILE } from "../fuzz/texts.js";
import { STEERS } from "../support/terminal.js";
import { useFakeApi } from "./against-fake.js";
import { FakeProblem } from "./fake-api.js";

const fake = useFakeApi();
const { answer, waybell } = fake;

const EVENT = { order: "A1", statusCode: "take" };
const PAGE = (item: object) => ({ items: [item], next: null });

/** Every answer that a command shows, with the same text in each of its fields. */
function answersOf(text: string): Readonly<Record<string, unknown>> {
  const attempt = {
    ...{ number: 1, startedAt: text, durationMs: 1, outcome: text, fault: text, code: text, detail: text },
    ...{ transport: text, address: text, response: text, timings: { [text]: 1 } },
    sent: { contentType: text, body: text, bytes: 1, fileName: text },
  };
  const delivery = {
    ...{ id: text, eventId: text, endpointId: text, customer: text, order: text, state: text, reason: text },
    ...{ fault: text, lastError: text, fileName: text, attempts: 1, createdAt: text, attemptList: [attempt] },
  };
  const endpoint = {
    ...{ id: "ep_1", customer: text, order: text, name: text, state: text, stateReason: text, held: { reason: text } },
    ...{ transport: { type: text, url: text }, template: { name: text, options: { [text]: text } } },
  };
  const customer = { id: "acme", name: text, language: text, emails: [text], createdAt: text };
  const step = { step: text, ok: false, durationMs: 1, detail: text, fingerprint: text };
  return {
    "GET /v1/customers": PAGE(customer),
    "GET /v1/customers/acme": customer,
    "GET /v1/customers/acme/endpoints": PAGE(endpoint),
    "GET /v1/statuses": PAGE({ code: text, status: text, descriptions: { nl: text, fr: text, en: text } }),
    "GET /v1/deliveries": PAGE(delivery),
    "GET /v1/deliveries/dlv_1": delivery,
    "GET /v1/endpoints/ep_1": endpoint,
    "POST /v1/endpoints/ep_1/preview": {
      ...{ contentType: text, fileName: text, url: text, headers: { [text]: text }, body: text, unmapped: [text] },
    },
    "POST /v1/endpoints/ep_1/check": { ok: false, steps: [step] },
    "POST /v1/endpoints/ep_1/test": { ok: false, message: text, attempt },
    "POST /v1/endpoints/ep_1/resume": { canceled: 1, name: text },
    "POST /v1/events/evt_1/replay": { count: 0, reason: text },
  };
}

const COMMANDS: readonly (readonly string[])[] = [
  ["customers", "list"],
  ["statuses", "list"],
  ["endpoints", "list"],
  ["endpoints", "resume", "ep_1"],
  ["deliveries", "list"],
  ["deliveries", "show", "dlv_1"],
  ["deliveries", "replay", "evt_1"],
  ["render", "ep_1"],
  ["check", "ep_1"],
  ["test", "ep_1"],
];
/** These have `--json`, or print JSON in any case. */
const JSON_COMMANDS = COMMANDS.filter(([, action]) => action !== "replay");

describe.each(COMMANDS)("waybell %s %s", (...args) => {
  it("prints nothing that steers the terminal, whatever stands in the data", async () => {
    for (const text of HOSTILE) {
      for (const [route, value] of Object.entries(answersOf(text))) answer(route, value);
      const { out, err } = await waybell(...args.filter(Boolean));
      expect(out + err, JSON.stringify(text)).not.toMatch(STEERS);
      expect((out + err).length).toBeGreaterThan(0);
    }
  });

  it("prints nothing that steers the terminal when the server says no, and forges no line", async () => {
    for (const text of HOSTILE) {
      const errors = [{ path: `/${text}`, message: text }];
      const refuse = () => {
        throw Object.assign(new FakeProblem(422, errors), { message: text });
      };
      for (const route of Object.keys(answersOf(text))) fake.api.routes.set(route, refuse);
      const { err, code } = await waybell(...args.filter(Boolean));
      expect(code).toBe(1);
      expect(err, JSON.stringify(text)).not.toMatch(STEERS);
      expect(err.trimEnd().split("\n")).toHaveLength(2);
    }
  });
});

it.each(JSON_COMMANDS)(
  "waybell %s %s --json gives the values as they are, with nothing that steers the terminal",
  async (...args) => {
    for (const text of HOSTILE) {
      const answers = answersOf(text);
      for (const [route, value] of Object.entries(answers)) answer(route, value);
      const { out } = await waybell(...args.filter(Boolean), "--json");
      expect(out, JSON.stringify(text)).not.toMatch(STEERS);
      const held = JSON.stringify(JSON.parse(out));
      if (!text.includes("\ud800")) expect(held).toContain(JSON.stringify(text));
    }
  },
);

it("endpoints show gives the setting as JSON with nothing that steers the terminal", async () => {
  for (const text of HOSTILE) {
    for (const [route, value] of Object.entries(answersOf(text))) answer(route, value);
    const { out } = await waybell("endpoints", "show", "ep_1");
    expect(out).not.toMatch(STEERS);
    expect(JSON.parse(out)).toMatchObject({ id: "ep_1" });
  }
});

it("send tells refused lines, and keeps them, with nothing that steers the terminal", async () => {
  for (const text of HOSTILE) {
    fake.api.behaviour.refuse = () => [{ path: `/${text}`, message: text }];
    const [file, refused] = [join(fake.folder, "in.ndjson"), join(fake.folder, "refused.ndjson")];
    writeFileSync(file, `${JSON.stringify({ ...EVENT, id: text, customer: text, comment: text })}\n`);
    for (const more of [[], ["--json"]]) {
      const { out, err, code } = await waybell("send", file, "--refused", refused, ...more);
      expect(code).toBe(1);
      expect(out + err, JSON.stringify(text)).not.toMatch(STEERS);
    }
  }
});

it("endpoints apply shows what it would do with nothing that steers the terminal", async () => {
  for (const text of HOSTILE) {
    for (const [route, value] of Object.entries(answersOf(text))) answer(route, value);
    const file = join(fake.folder, "endpoints.json");
    const endpoint = {
      name: text || "x",
      transport: { type: "ftp", host: text, directory: text },
      template: { name: text },
    };
    writeFileSync(file, JSON.stringify({ customer: "acme", customerSettings: { name: text }, endpoints: [endpoint] }));
    for (const more of [["--dry-run"], ["--dry-run", "--json"], []]) {
      const { out, err } = await waybell("endpoints", "apply", file, ...more);
      expect(out + err, JSON.stringify(text)).not.toMatch(STEERS);
    }
  }
});
