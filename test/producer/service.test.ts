import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createProducer, type EventInput, type Producer } from "../../src/producer/index.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder } from "../support/service.js";

const event = (order: string, more: Partial<EventInput> = {}): EventInput => ({
  customer: "acme",
  order,
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
  ...more,
});

let folder: string;
let remove: () => void;
let service: TestService;
let producer: Producer;

beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  service = await startTestService(folder);
  await service.call("PUT", "/v1/customers/acme", {});
  producer = createProducer({ url: service.url, key: ADMIN_KEY });
});
afterEach(async () => {
  await producer.close({ timeoutMs: 0 }).catch(() => {});
  await service.close();
  remove();
});

async function published(): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const path = `/v1/events?limit=500${cursor && `&cursor=${cursor}`}`;
    const { body } = await service.call<{ items: { externalId: string }[]; next: string | null }>("GET", path);
    ids.push(...body.items.map(({ externalId }) => externalId));
    if (!body.next) return ids;
    cursor = body.next;
  }
}

it("publishes to the service, and fails each faulty event with its own fields", async () => {
  const results = await Promise.allSettled([
    producer.publish(event("a", { id: "1" })),
    producer.publish(event("b", { id: "2", statusTime: "yesterday" })),
    producer.publish(event("c", { id: "3", customer: "nobody" })),
    producer.publish(event("d", { id: "4", location: { latitude: 200 } })),
    producer.publish(event("e", { id: "5" })),
  ]);
  expect(results.map((one) => (one.status === "fulfilled" ? one.value.externalId : one.reason.fields[0].path))).toEqual(
    ["1", "/statusTime", "/customer", "/location/latitude", "5"],
  );
  expect((await published()).sort()).toEqual(["1", "5"]);
});

it("knows what was published before, and refuses other content under the same id", async () => {
  const first = await producer.publish(event("a", { id: "1" }));
  const [again, other] = await Promise.allSettled([
    producer.publish(event("a", { id: "1" })),
    producer.publish(event("a", { id: "1", reference: "changed" })),
  ]);
  expect(again).toMatchObject({ value: { id: first.id, duplicate: true } });
  expect(other).toMatchObject({ reason: { code: "refused", status: 409, fields: [{ path: "/reference" }] } });
});

it("takes a key that the service does not know for what it is", async () => {
  const stranger = createProducer({ url: service.url, key: "not-the-key" });
  await expect(stranger.publish(event("a"))).rejects.toMatchObject({ code: "refused", status: 401 });
  await stranger.close();
});

it("runs the example of docs/producer.md", async () => {
  const [, example = ""] = /```ts\n(.*?)```/s.exec(readFileSync("docs/producer.md", "utf8")) ?? [];
  const code = example
    .replace(/^import .*$/gm, "")
    .replace('"https://waybell.example"', JSON.stringify(service.url))
    .replace("process.env.WAYBELL_KEY", JSON.stringify(ADMIN_KEY))
    .replace(/ as string| satisfies \w+/g, "");
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  const changes = Array.from({ length: 2500 }, (_, at) => event(`o${at}`, { id: `tms-${at}` }));
  const said: string[] = [];
  const log = { log: (text: string) => said.push(text), error: (text: string) => said.push(text) };
  await new AsyncFunction("createProducer", "changesOf", "console", code)(createProducer, () => changes, log);
  expect(said).toEqual([]);
  expect(new Set(await published()).size).toBe(2500);
});
