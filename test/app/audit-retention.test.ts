import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../support/clock.js";
import { startTestService, temporaryFolder } from "../support/service.js";

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);

/** The subjects in the audit log `days` after the change, once the sweep of a service with this environment has run. */
async function leftAfter(days: number, env: Record<string, string>): Promise<string[]> {
  const change = await startTestService(folder, { clock: manualClock(BEGIN), env });
  await change.call("PUT", "/v1/customers/acme", {});
  await change.close();
  const clock = manualClock(BEGIN + days * DAY);
  const service = await startTestService(folder, { clock, env });
  const list = async () =>
    (await service.call<{ items: { subject: string }[] }>("GET", "/v1/audit")).body.items.map(({ subject }) => subject);
  try {
    let left = await list();
    // The sweep deletes beside its other work.
    for (let turn = 0; turn < 50 && left.length > 0; turn++) {
      await clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 10));
      left = await list();
    }
    return left;
  } finally {
    await service.close();
  }
}

it.each([
  ["is kept for ever where events are", 4_000, {}, 1],
  ["outlives the events for a year", 364, { RETENTION_DAYS: "30" }, 1],
  ["is then deleted", 367, { RETENTION_DAYS: "30" }, 0],
  ["is kept as long as the events where that is longer", 700, { RETENTION_DAYS: "900" }, 1],
  ["is kept as AUDIT_DAYS says, for less", 11, { AUDIT_DAYS: "10" }, 0],
  ["is kept as AUDIT_DAYS says, for more", 700, { AUDIT_DAYS: "900", RETENTION_DAYS: "30" }, 1],
] as const)("the audit log %s", async (_what, days, env, count) => {
  expect(await leftAfter(days, env)).toHaveLength(count);
});
