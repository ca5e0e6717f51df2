import { afterEach, expect, it } from "vitest";
import type { EndpointInput } from "../../src/types.js";
import { attemptsOf } from "../support/attempts.js";
import { textOf } from "../templates/support.js";
import { OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const template = (body: string): Pick<EndpointInput, "template"> => ({
  template: { name: "custom", options: { format: "json", body } },
});

// Whoever wrote it thought of every order but A2.
const BODY = `{
  "order": {{ order }},
  "history": {{ history | map: "statusCode" }},
  "to": {{ details.recipient.name }}{% if order == "A2" %},{% endif %}
}`;

it("a template that fails on an event holds the lane, says where on the attempt, and goes on once it is mended", async () => {
  worked = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  const { id, laneId } = await worked.create("erp", { ...template(BODY), limits: { concurrency: 1 } });
  worked.road.start();
  await worked.publish(1, { details: { recipient: { name: 'J "P"' } } });
  await worked.until(async () => (await worked.delivered()) === 1);
  await worked.publish(3);
  const fault =
    "The template fails at line 5, column 1: the result is no JSON at its line 5, column 1: Expected double-quoted property name.";
  await worked.until(async () => (await worked.lane(laneId)).held_reason !== null);
  await worked.run(600_000, 20);
  expect((await worked.lane(laneId)).held_reason).toBe(fault);
  const waiting = (await worked.states()).pending;
  expect(waiting).toBeGreaterThan(0);
  const [failed] = (await worked.deliveries()).filter(({ order_number }) => order_number === "A2");
  expect(failed).toMatchObject({ state: "pending", fault: "config", last_error: fault });
  const attempts = await attemptsOf(worked.store.database, failed?.id ?? "");
  expect(attempts).toMatchObject([
    { outcome: "held", fault: "config", code: "template_render", detail: fault, sent: null },
  ]);

  await worked.store.endpoints.patch(id, template(BODY.replace(",{% endif %}", "{% endif %}")));
  await worked.until(async () => (await worked.delivered()) === 4);
  const bodies = await Promise.all(worked.sends.map(({ payload }) => textOf(payload)));
  expect(bodies.map((body) => JSON.parse(body)).sort((one, other) => (one.order < other.order ? -1 : 1))).toEqual([
    { order: "A1", history: ["take"], to: 'J "P"' },
    ...["A2", "A3", "A4"].map((order) => ({ order, history: ["take"], to: null })),
  ]);
});
