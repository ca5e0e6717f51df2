import { afterEach, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import { hanging, idOf, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const COMMENT = "x".repeat(60_000);

async function setPages(count: number | "as many as there are"): Promise<void> {
  const pages = await worked.store.database.json<number>("SELECT page_count FROM pragma_page_count");
  const most = typeof count === "number" ? count : pages;
  await worked.store.database.prisma.$queryRawUnsafe(`PRAGMA max_page_count = ${most}`);
}

it("on a full disk nothing is accepted, lost or sent twice, and all goes on once there is room", async () => {
  const receiver = hanging();
  let waits = false;
  worked = await openWorkedRoad({ send: () => (waits ? receiver.send() : Promise.resolve(OK)) });
  await worked.create("erp");
  worked.road.start();
  await worked.publish(1);
  await worked.until(async () => (await worked.delivered()) === 1);
  waits = true;
  await worked.publish(20, { comment: COMMENT });
  await worked.until(() => receiver.open.length === 8);
  await setPages("as many as there are");

  await expect(worked.publish(3, { comment: COMMENT })).rejects.toBeInstanceOf(StoreUnavailableError);
  const events = await worked.store.database.prisma.event.count();
  expect(events).toBe(21);

  // These have arrived, and cannot be recorded: each attempt keeps what was sent.
  for (const answer of receiver.open.splice(0)) answer(OK);
  waits = false;
  await worked.run(300_000, 60);
  const sent = worked.sends.length;
  expect(await worked.delivered()).toBe(1);
  expect(new Set(worked.sends.map(idOf)).size).toBe(sent);
  await expect(worked.publish(1, { comment: COMMENT })).rejects.toMatchObject({ reason: "full" });

  await setPages(1_000_000);
  await worked.run(10_000, 40);
  await worked.publish(5, { comment: COMMENT });
  await worked.until(async () => (await worked.delivered()) === 26);
  expect(worked.sends).toHaveLength(26);
  expect(new Set(worked.sends.map(idOf)).size).toBe(26);
  expect(
    (await worked.deliveries()).every(({ attempts, internal_faults }) => attempts === 1 && internal_faults === 0),
  ).toBe(true);
});

it("on a full disk a file that has arrived is not uploaded again", async () => {
  worked = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  await worked.create("ftp", {
    transport: { type: "ftp", host: "ftp.example.com", username: "u", password: "p", directory: "in" },
    template: { name: "ontime", options: { format: "xml" } },
  });
  await worked.publish(3, { comment: COMMENT });
  await setPages("as many as there are");
  await worked.run(60_000, 40);
  await setPages(1_000_000);
  await worked.run(120_000, 60);
  await worked.until(async () => (await worked.delivered()) === 3);
  const names = worked.sends.map(({ context }) => context.fileName);
  expect(new Set(names).size).toBe(3);
  expect(names).toHaveLength(3);
});
