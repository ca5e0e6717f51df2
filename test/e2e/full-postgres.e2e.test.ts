import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { allArrive, type Cluster, idsByOrder, openCluster } from "../support/cluster.js";
import { partsOf } from "../support/outages.js";
import type { Served } from "../support/serve.js";
import { ADMIN_KEY, callApi, until } from "../support/service.js";
import { type PostgresDisk, postgresDisks } from "../support/small-postgres.js";

const COMMENT_BYTES = 45_000;
const MOST_SETS = 500;

let disk: PostgresDisk;
let cluster: Cluster;
afterEach(async () => {
  await cluster.close();
  disk.remove();
});

/** Events that PostgreSQL cannot store any smaller. */
function publish({ url }: Served, orders: readonly string[]) {
  const more = { customer: "acme", statusCode: "take", statusTime: "2026-01-02T03:04:05Z" };
  const items = orders.map((order) => ({
    ...more,
    order,
    id: order,
    comment: randomBytes(COMMENT_BYTES).toString("base64"),
  }));
  return fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(items),
  });
}

/** Publishes until the service says that it cannot; what it has accepted goes into `accepted`. */
async function publishUntilFull(api: Served, accepted: Set<string>): Promise<Response> {
  for (let set = 0; set < MOST_SETS; set++) {
    const orders = Array.from({ length: 5 }, (_, at) => `full-${set}-${at}`);
    const answer = await publish(api, orders);
    if (answer.status !== 202) return answer;
    await answer.arrayBuffer();
    for (const order of orders) accepted.add(order);
  }
  throw new Error("the disk never became full");
}

/** What people read of it. Where the log has no room PostgreSQL itself goes down. */
function wordsOf({ answer, place }: PostgresDisk): RegExp {
  if (answer === "EFBIG") return /cannot be written/;
  return place.hasLog ? /has no room left: free disk space|cannot be reached/ : /has no room left: free disk space/;
}

async function expectSaidClearly(api: Served, refused: Response): Promise<void> {
  expect(refused.status).toBe(503);
  expect(refused.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  const detail = expect.stringMatching(wordsOf(disk));
  expect(await refused.json()).toMatchObject({ code: "unavailable", detail });
  // A bound on each file leaves room for others.
  if (disk.answer === "ENOSPC") {
    await until(async () => (await callApi(api.url, "GET", "/readyz")).status === 503, 20_000, "a service not ready");
    expect((await partsOf(api.url)).database).toMatchObject({ ok: false, detail });
  }
  await until(() => api.output().includes("the database cannot take it"), 10_000, "a line in the log");
  // What was accepted can be looked up all the same.
  if (!disk.place.hasLog) expect((await callApi(api.url, "GET", "/v1/deliveries?limit=5")).status).toBe(200);
}

describe.each(postgresDisks())("a full disk of PostgreSQL, by %s", (_kind, open) => {
  it("loses nothing, is told, and is over once there is room", async () => {
    disk = await open();
    cluster = await openCluster({ durable: true, place: disk.place });
    const api = await cluster.start("api");
    const worker = await cluster.start("worker");
    await cluster.endpoint(api, "/a");
    const accepted = new Set(["before-1", "before-2"]);
    expect((await publish(api, [...accepted])).status).toBe(202);
    await allArrive(cluster, accepted, ["/a"], 20_000);

    disk.fill();
    await expectSaidClearly(api, await publishUntilFull(api, accepted));

    disk.empty();
    // Whoever looks after a PostgreSQL that could not write its log starts it again.
    if (disk.place.hasLog) await cluster.postgres.restart();
    await until(async () => (await callApi(api.url, "GET", "/readyz")).status === 200, 30_000, "a ready service");
    // The producer posts again what was refused, as it was told to.
    const again = Array.from({ length: 5 }, (_, at) => `again-${at}`);
    expect((await publish(api, again)).status).toBe(202);
    for (const order of again) accepted.add(order);
    await allArrive(cluster, accepted, ["/a"], 60_000);
    const waits = async () => {
      const { pending, sending } = await cluster.states(api);
      return pending !== 0 || sending !== 0;
    };
    await until(async () => !(await waits()), 60_000, "the end of all deliveries");
    const ids = idsByOrder(cluster.arrivals);
    for (const [order, list] of ids) expect(new Set(list).size, order).toBe(1);
    // A connection that was lost during a commit leaves unknown what became of it: more than was answered may be there.
    if (!disk.place.hasLog) {
      expect(cluster.arrivals).toHaveLength(accepted.size);
      expect(ids.size).toBe(accepted.size);
    }
    for (const process of [api, worker]) expect((await process.stop()).code).toBe(0);
  });
});
