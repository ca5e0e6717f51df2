import { expect, it } from "vitest";
import { useFakeApi } from "./against-fake.js";

const fake = useFakeApi();

const status = (more: object = {}) => ({
  activeKey: "k2",
  keys: [
    { id: "k2", loaded: true, secrets: 1200 },
    { id: "k1", loaded: false, secrets: 3 },
  ],
  outdated: 0,
  unreadable: { count: 0, first: [] },
  ...more,
});

it("secrets status shows what each key encrypts", async () => {
  fake.answer("GET /v1/secrets", status());
  const { code, out } = await fake.waybell("secrets", "status");
  expect(code).toBe(0);
  expect(out).toMatch(/k2 +1,200 +active/);
  expect(out).toMatch(/k1 +3 +not in SECRETS_KEYS/);
});

it("secrets status fails where some cannot be read, and names the first", async () => {
  const first = [{ kind: "endpoint", id: "ep_1", field: "transport.password", problem: 'needs the key "k1"' }];
  fake.answer("GET /v1/secrets", status({ unreadable: { count: 3, first } }));
  const { code, out } = await fake.waybell("secrets", "status");
  expect(code).toBe(1);
  expect(out).toContain("3 cannot be read");
  expect(out).toMatch(/endpoint +ep_1 +transport\.password +needs the key "k1"/);
  expect(out).toContain("and 2 more.");
  expect((await fake.waybell("secrets", "status", "--json")).code).toBe(1);
});

it("secrets status names every one on request, from page to page, in JSON too", async () => {
  const all = Array.from({ length: 3 }, (_, at) => ({
    ...{ kind: "endpoint", id: `ep_${at}`, field: "transport.password", problem: 'needs the key "k1"' },
  }));
  fake.answer("GET /v1/secrets", status({ unreadable: { count: 3, first: all.slice(0, 1) } }));
  const pages = [
    { items: all.slice(0, 2), next: "c1" },
    { items: [], next: "c2" },
    { items: all.slice(2), next: null },
  ];
  let at = 0;
  fake.api.routes.set("GET /v1/secrets/unreadable", () => pages[at++ % pages.length]);
  const { code, out } = await fake.waybell("secrets", "status", "--all");
  expect(code).toBe(1);
  for (const { id } of all) expect(out).toMatch(new RegExp(`endpoint +${id} +transport`));
  expect(out).not.toContain("more.");
  expect(at).toBe(3);
  const json = JSON.parse((await fake.waybell("secrets", "status", "--all", "--json")).out);
  expect(json).toMatchObject({ activeKey: "k2", unreadable: { count: 3, all } });
  expect((await fake.waybell("secrets", "status")).out).toContain("waybell secrets status --all names every one.");
});

it("secrets rotate goes on from set to set, and over all again until nothing changes", async () => {
  const sets = [
    { rotated: 1000, changed: 0, unreadable: 0, next: "c1", freed: [] },
    { rotated: 200, changed: 1, unreadable: 0, next: null, freed: [] },
    { rotated: 1, changed: 0, unreadable: 0, next: "c1", freed: [] },
    { rotated: 0, changed: 0, unreadable: 0, next: null, freed: ["k1"] },
    { rotated: 0, changed: 0, unreadable: 0, next: null, freed: [] },
  ];
  const bodies: unknown[] = [];
  fake.answer("GET /v1/secrets", status({ outdated: 0 }));
  fake.api.routes.set("POST /v1/secrets/rotate", (body) => {
    bodies.push(body);
    return sets[bodies.length - 1];
  });
  const { code, out } = await fake.waybell("secrets", "rotate");
  expect(code).toBe(0);
  expect(bodies).toEqual([{}, { cursor: "c1" }, {}, { cursor: "c1" }, {}]);
  expect(out).toContain('1,201 customers, endpoints and mails were encrypted anew with the key "k2".');
  expect(out).toContain("Take out of SECRETS_KEYS: k1. Backups that are older still need it.");
});

it("secrets rotate fails where something stays under another key, in JSON too", async () => {
  fake.answer("GET /v1/secrets", status({ outdated: 4 }));
  fake.answer("POST /v1/secrets/rotate", { rotated: 0, changed: 0, unreadable: 0, next: null, freed: [] });
  expect(await fake.waybell("secrets", "rotate")).toMatchObject({
    code: 1,
    out: expect.stringContaining("4 are under another key still"),
  });
  const { code, out } = await fake.waybell("secrets", "rotate", "--json");
  expect([code, JSON.parse(out)]).toMatchObject([1, { rotated: 0, freed: [], status: { outdated: 4 } }]);
});
