import { expect, it } from "vitest";
import { type DeliveryRecord, recording } from "../../src/store/records.js";
import { attemptsOf } from "../support/attempts.js";
import { addDelivery, addEvent, openStore, post } from "./kit.js";

it("shows each attempt with the body that it sent, once stored or not", async () => {
  const store = await openStore();
  await store.customers.put("acme", {});
  const endpoint = await store.endpoints.create("acme", post());
  const id = await addDelivery(store, endpoint, await addEvent(store));
  const record = (sha256: string, body: string): DeliveryRecord => ({
    id,
    token: "lost",
    attempts: 1,
    endpointId: endpoint.id,
    laneId: endpoint.laneId,
    state: "pending",
    reason: "",
    fault: "response",
    lastError: "no",
    step: 1,
    mayHaveArrived: false,
    dueAt: 1,
    finishedAt: null,
    lane: null,
    attempt: {
      startedAt: 5,
      durationMs: 7,
      outcome: "retry",
      fault: "response",
      code: "http_500",
      detail: "no",
      transport: "http-post",
      address: "https://erp.example.com/hook",
      sent: sha256 ? { contentType: "application/json", body, sha256, bytes: body.length, fileName: null } : null,
      response: "oops",
      timings: { connect: 3 },
    },
  });
  for (const one of [record("h1", "one"), record("h2", "two"), record("", ""), record("h1", "one")]) {
    await store.database.batch(recording.statements([one]));
  }
  const stored = await store.database.prisma.attempt.findMany({ orderBy: { number: "asc" } });
  expect(stored.map(({ body }) => body)).toEqual(["one", "two", null, null]);

  const attempts = await attemptsOf(store.database, id);
  expect(attempts.map(({ number, sent }) => [number, sent?.body])).toEqual([
    [1, "one"],
    [2, "two"],
    [3, undefined],
    [4, "one"],
  ]);
  expect(attempts[3]).toEqual({ deliveryId: id, number: 4, late: true, ...record("h1", "one").attempt });
  await store.close();
});
