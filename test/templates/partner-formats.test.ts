import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../src/catalogue/index.js";
import { prepareEvent } from "../../src/delivery/prepare.js";
import { pairErrors, type Registry } from "../../src/delivery/settings-check.js";
import type { FieldError } from "../../src/errors.js";
import { toStatusEvent } from "../../src/store/event-rows.js";
import { chooseFormat } from "../../src/templates/choose-format.js";
import { templateOf } from "../../src/templates/index.js";
import { transportOf } from "../../src/transports/index.js";
import type { Customer, OrderDetails, StatusEvent } from "../../src/types.js";
import { contextOf, textOf } from "./support.js";

const registry: Registry = { transportOf, templateOf, chooseFormat };
const guide = readFileSync(new URL("../../docs/partner-formats.md", import.meta.url), "utf8");

/** The blocks of a section that were marked `kind` (as in "```json sent"), in their order. */
const blocksOf = (section: string, kind: string): string[] =>
  [...section.matchAll(/^```json (\w+)\n(.*?)\n```$/gms)]
    .filter(([, is]) => is === kind)
    .map(([, , text]) => text ?? "");

const sections = guide
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ section, name: /^.*?\(`(\w+)`\)/.exec(section)?.[1] ?? "" }))
  .filter(({ section }) => blocksOf(section, "sent").length > 0);

const SENT_AT = Date.parse(/all sent at `([^`]+)`/.exec(guide)?.[1] ?? "");
// Given out anew at each publishing; the guide shows this one.
const EVENT_ID = /"id":"(evt_\w+)"/.exec(guide)?.[1] ?? "";
const CUSTOMER: Customer = {
  id: "acme",
  name: "Acme",
  timeZone: null,
  emails: [],
  language: "en",
  callbackTemplate: { name: "ontime" },
  createdAt: 0,
  updatedAt: 0,
};
const contents = { content: () => expect.unreachable("no event of the guide has pictures"), missing: async () => [] };

/** What publishing makes of the events of a block, and the details that they left with their order. */
function published(text: string): { events: StatusEvent[]; details: OrderDetails } {
  const given: unknown[] = JSON.parse(text);
  const errors: FieldError[] = [];
  const context = { catalogue: createCatalogue(), registry, defaultTimeZone: "Europe/Brussels", now: SENT_AT };
  const prepared = given.map((event) =>
    prepareEvent(event, new Map([["acme", CUSTOMER]]), { ...context, maxEventBytes: 1 << 20 }, "", errors),
  );
  expect(errors).toEqual([]);
  const sound = prepared.filter((event) => event !== null);
  return {
    events: sound.map(({ row }) => toStatusEvent({ ...row, id: EVENT_ID }, contents)),
    details: Object.assign({}, ...sound.map(({ details }) => details)),
  };
}

describe("docs/partner-formats.md", () => {
  it("tells of these templates", () => {
    expect(sections.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["trackingmore", "aymakan", "aveonline", "probo", "standard"]),
    );
    expect(SENT_AT).toBeGreaterThan(0);
  });

  it.each(sections)("shows what $name sends, byte for byte", async ({ section, name }) => {
    const settings = blocksOf(section, "setting").map((text) => JSON.parse(text));
    const bodies = blocksOf(section, "sent");
    const { events, details } = published(blocksOf(section, "events")[0] ?? "[]");
    const [template, last] = [templateOf(name), events.at(-1)];
    if (!template || !last) throw new Error(`The section of ${name} shows no event.`);
    expect(settings).toHaveLength(bodies.length);
    for (const [at, setting] of settings.entries()) {
      expect(setting.template.name).toBe(name);
      expect(pairErrors(setting, registry)).toEqual([]);
      const { timeZone = "Europe/Brussels" } = setting;
      const context = contextOf({ timeZone, now: SENT_AT, history: events, details });
      expect(await textOf(template.render([last], setting.template.options ?? {}, context))).toBe(bodies[at]);
    }
  });
});
