import { afterEach, beforeEach, expect, it } from "vitest";
import { type Cluster, openCluster } from "../support/cluster.js";
import type { Served } from "../support/serve.js";
import { callApi } from "../support/service.js";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

/** How long a change may take to reach every process. */
const HEARD_MS = 2_000;
/** Asked again and again meanwhile, a process would take the key for a guess, and let its address wait. */
const heard = () => new Promise((turn) => setTimeout(turn, HEARD_MS));

async function statusWith(key: string, { url }: Served): Promise<number> {
  const response = await fetch(`${url}/v1/customers`, { headers: { authorization: `Bearer ${key}` } });
  await response.text();
  return response.status;
}

it("lets a key in at every process within 2 s of its making, and at none 2 s after it is revoked", async () => {
  const [first, second, third] = await Promise.all([cluster.start("api"), cluster.start("api"), cluster.start("all")]);
  const made = await callApi<{ id: string; key: string }>(first.url, "POST", "/v1/keys", {
    name: "Ops",
    role: "operator",
  });
  const { id, key } = made.body;
  expect(await statusWith(key, first)).toBe(200);
  const elsewhere = () => Promise.all([second, third].map((one) => statusWith(key, one)));
  await heard();
  expect(await elsewhere()).toEqual([200, 200]);
  expect((await callApi(first.url, "DELETE", `/v1/keys/${id}`)).status).toBe(204);
  expect(await statusWith(key, first)).toBe(401);
  await heard();
  expect(await elsewhere()).toEqual([401, 401]);
  // One log for all of them, whichever process is asked.
  const { body } = await callApi<{ items: { operation: string }[] }>(second.url, "GET", `/v1/audit?subject=${id}`);
  expect(body.items.map(({ operation }) => operation)).toEqual(["revokeKey", "createKey"]);
});
