import { afterEach, beforeEach, expect, it } from "vitest";
import { createCatalogue } from "../../src/catalogue/index.js";
import { createPublisher } from "../../src/delivery/publish.js";
import { openPostgres } from "../../src/store/postgres.js";
import { createRoad, createRoadCommits } from "../../src/store/road.js";
import { post, registry } from "../store/kit.js";
import { openRoad, type Road, recordingQueue, SILENT } from "./kit.js";

let road: Road;
let first: Road["publisher"];
let second: Road["publisher"];

/** A publisher as another process has it: of what the first one has under way it knows nothing. */
function otherPublisher() {
  const commits = createRoadCommits(road.database);
  return createPublisher({
    store: { ...road.publishStore, ...createRoad(road.database, commits, road.clock, "prc_other") },
    catalogue: createCatalogue(),
    registry,
    queue: recordingQueue().queue,
    clock: road.clock,
    defaultTimeZone: "Europe/Brussels",
    maxEventBytes: 25 * 1024 * 1024,
    log: SILENT,
  });
}

beforeEach(async () => {
  road = await openRoad();
  await road.customers.put("acme", {});
  await road.endpoints.create("acme", post());
  first = road.publisher;
  second = otherPublisher();
});
afterEach(() => road.close());

const item = (id: string, more: Record<string, unknown> = {}) => ({
  customer: "acme",
  id,
  order: `A-${id}`,
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
  ...more,
});

it("publish the same ids at the same moment: one event each, and one of the answers is the duplicate", async () => {
  const ids = Array.from({ length: 300 }, (_, at) => `tms-${at}`);
  const [one, two] = await Promise.all(
    [first, second].map((publisher) => Promise.all(ids.map((id) => publisher.publish([item(id)])))),
  );
  for (const [at] of ids.entries()) {
    const answers = [one?.[at]?.[0], two?.[at]?.[0]];
    expect(new Set(answers.map((answer) => answer?.id)).size).toBe(1);
    expect(answers.map((answer) => answer?.duplicate).sort()).toEqual([false, true]);
    expect(answers.map((answer) => answer?.deliveries)).toEqual([1, 1]);
  }
  expect(await road.database.json("SELECT count(*) FROM events")).toBe(300);
  expect(await road.database.json("SELECT count(*) FROM deliveries")).toBe(300);
});

it("publish other content under one id: one of them is told so, and nothing of its request is there", async () => {
  for (let at = 0; at < 20; at++) {
    const outcomes = await Promise.allSettled([
      first.publish([item(`x${at}`, { comment: "one" }), item(`one-${at}`)]),
      second.publish([item(`x${at}`, { comment: "two" }), item(`two-${at}`)]),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = outcomes.find((outcome) => outcome.status === "rejected");
    expect(refused?.reason).toMatchObject({ status: 409, fields: [{ path: "/0/comment" }] });
  }
  expect(await road.database.json("SELECT count(*) FROM events")).toBe(40);
});

it("do what reads something and writes it back one after the other", async () => {
  const other = await openPostgres(road.url);
  let order = "";
  const work = (name: string) => async () => {
    order += `<${name}`;
    for (let looks = 0; looks < 3; looks++) await road.database.json("SELECT 1");
    order += `${name}>`;
  };
  const turns = Array.from({ length: 6 }, (_, at) =>
    (at % 2 ? other : road.database).exclusive("acme", work(String(at))),
  );
  await Promise.all(turns);
  expect(order).toMatch(/^(<(\d)\2>){6}$/);
  await expect(other.exclusive("acme", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await road.database.exclusive("acme", async () => "free again")).toBe("free again");
  await other.close();
});
