import { afterEach, describe, expect, it } from "vitest";
import type { Road } from "../../src/store/road.js";
import type { Send } from "./worked-road.js";
import { failure, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;
let wishes = 0;
let receiver: (send: Send) => Promise<typeof OK> = () => Promise.resolve(OK);
afterEach(async () => {
  receiver = () => Promise.resolve(OK);
  await worked.close();
});

const ftp = (directory = "in") => ({ type: "ftp", host: "ftp.example.com", username: "u", password: "p", directory });
const template = (format: string) => ({ name: "ontime", options: { format } });
const names = () => worked.sends.map(({ context }) => context.fileName);
const refused = () => Promise.reject(failure({ fault: "response", code: "ftp_452" }));
const broken = () => Promise.reject(failure({ fault: "ambiguous", code: "reset" }));

async function open() {
  const takeName = (road: Road) => (wish: Parameters<Road["takeName"]>[0]) => {
    wishes++;
    return road.takeName(wish);
  };
  worked = await openWorkedRoad({ send: (send) => receiver(send), change: (road) => ({ takeName: takeName(road) }) });
  return worked.create("ftp", { transport: ftp(), template: template("json") });
}

describe("the file name of a delivery that is tried again", () => {
  it("stays the same while the endpoint stays the same, though it is renamed", async () => {
    const erp = await open();
    receiver = refused;
    await worked.publish(1);
    await worked.until(() => worked.sends.length === 1);
    await worked.store.endpoints.patch(erp.id, { name: "another name" });
    receiver = () => Promise.resolve(OK);
    await worked.run(20_000);
    await worked.until(async () => (await worked.delivered()) === 1);
    expect(new Set(names()).size).toBe(1);
  });

  it("gets the extension of a format that was changed meanwhile, and nothing is looked for under it", async () => {
    const erp = await open();
    receiver = broken;
    await worked.publish(1);
    await worked.until(() => worked.sends.length === 1);
    await worked.store.endpoints.patch(erp.id, { template: template("xml") });
    receiver = () => Promise.resolve(OK);
    await worked.run(20_000);
    await worked.until(async () => (await worked.delivered()) === 1);
    const last = worked.sends.at(-1);
    expect(last?.context.fileName).toMatch(/^A1_take_\d{14}\.xml$/);
    expect(last?.payload.body.toString()).toMatch(/^<\?xml/);
    expect(last?.context.mayHaveArrived).toBe(false);
    expect((await worked.deliveries())[0]?.file_name).toBe(last?.context.fileName);
  });

  it("is reserved in a folder that was changed meanwhile, where another delivery may have it", async () => {
    const erp = await open();
    const other = await worked.create("other", { transport: ftp("new"), template: template("json") });
    receiver = ({ context }) => (context.leaseKey.startsWith(erp.id) ? refused() : Promise.resolve(OK));
    await worked.publish(1);
    await worked.until(() => worked.sends.length === 2);
    await worked.store.endpoints.patch(erp.id, { transport: ftp("new") });
    receiver = () => Promise.resolve(OK);
    await worked.run(20_000);
    await worked.until(async () => (await worked.delivered()) === 2);
    const [taken] = (await worked.deliveries()).filter(({ endpoint_id }) => endpoint_id === other.id);
    expect(names().at(-1)).toBe(taken?.file_name?.replace(".json", "_2.json"));
  });
});

describe("a name that many events wish for", () => {
  /** As if so many equal names had been given out in the folder before. */
  async function given(highest: number): Promise<void> {
    receiver = refused;
    await worked.publish(1, { order: "SAME" });
    await worked.until(() => worked.sends.length === 1);
    await worked.store.database.prisma.fileName.updateMany({ data: { number: highest } });
    receiver = () => Promise.resolve(OK);
  }

  it("is numbered on from the highest number, however many there are", async () => {
    await open();
    await given(5_000);
    for (const number of [5001, 5002]) {
      wishes = 0;
      await worked.publish(1, { order: "SAME" });
      await worked.until(async () => (await worked.delivered()) === number - 5000);
      expect(names().at(-1)).toMatch(`_${number}.json`);
      expect(wishes).toBe(2);
    }
  });

  it("fails that event alone beyond 10,000, and says why", async () => {
    const erp = await open();
    await given(10_000);
    await worked.publish(1, { order: "SAME" });
    await worked.publish(1, { order: "OTHER" });
    await worked.until(async () => (await worked.delivered()) === 1);
    await worked.until(async () => (await worked.states()).failed === 1);
    const failed = (await worked.deliveries()).find(({ state }) => state === "failed");
    expect(failed).toMatchObject({ reason: "config", fault: "config", attempts: 1 });
    expect(failed?.last_error).toMatch(/^More than 10,000 files with the name "SAME_take_\d{14}\.json"/);
    expect((await worked.lane(erp.laneId)).held_reason).toBeNull();
  });
});
