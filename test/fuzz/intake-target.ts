import { readFileSync } from "node:fs";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import fc from "fast-check";
import { Leader } from "../../src/delivery/leader.js";
import { createJobRunner } from "../../src/intake/bullmq-events.js";
import { createInbox } from "../../src/intake/inbox.js";
import { SILENT } from "../delivery/kit.js";
import { OK, openWorkedRoad } from "../delivery/worked-road.js";
import { fuzzTarget } from "./fuzz.js";
import { rowsInMemory } from "./inbox-rows.js";
import { type Schema, valuesOf } from "./schema-values.js";
import { soundValues } from "./sound.js";
import { anyJson, anyText } from "./texts.js";

interface Handed {
  /** Rows of the inbox, as another program has written them. */
  readonly rows: readonly string[];
  readonly job: { readonly name: string; readonly data: unknown };
}

const { components } = JSON.parse(readFileSync("docs/openapi.json", "utf8")) as {
  components: { schemas: Record<string, Schema> };
};

function anyItem(): fc.Arbitrary<unknown> {
  const sound = soundValues("http://127.0.0.1:1/", ["acme", "nobody"], ["A1", "A2"]);
  const resolve = (reference: string) => components.schemas[reference.split("/").at(-1) ?? ""] ?? {};
  const callbackUrls = fc.constantFrom([], ["http://127.0.0.1:1/"], ["javascript:x"]);
  const options = { resolve, known: { callbackUrls }, sound, junk: 0 };
  const event = { $ref: "#/components/schemas/Event" };
  return fc.oneof(
    { weight: 3, arbitrary: valuesOf(event, options) },
    { weight: 3, arbitrary: valuesOf(event, { ...options, junk: 10 }) },
    { weight: 1, arbitrary: anyJson },
  );
}

const rowOf = (item: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: item.map((value) => JSON.stringify(value) ?? "") },
    {
      weight: 1,
      arbitrary: item.map((value) => (JSON.stringify(value) ?? "").replace("{", '{"__proto__":{"polluted":1},')),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(item, fc.nat(100)).map(([value, at]) => (JSON.stringify(value) ?? "").slice(0, at)),
    },
    { weight: 1, arbitrary: anyText() },
  );

export const intakeTarget = fuzzTarget<Handed>({
  name: "intake",
  holds:
    "any row of the inbox and any BullMQ job is published or refused with its reason; none stays, none is tried for ever",
  lanes: 4,
  async open() {
    const work = await openWorkedRoad({ send: async () => OK });
    await work.create("erp");
    const { publisher } = work.road;
    const errors: unknown[] = [];
    const log = Object.assign(Object.create(SILENT), { error: (told: { err?: unknown }) => errors.push(told.err) });
    const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
    const run = createJobRunner({ url: "redis://127.0.0.1:1", publisher, clock, log });
    const item = anyItem();
    async function checkInbox(texts: readonly string[]): Promise<void> {
      const { store, waiting, refused } = rowsInMemory(texts);
      const inbox = createInbox({ store, publisher, leader: new Leader(clock, null), clock, log });
      inbox.start();
      await inbox.stop();
      if (waiting.length > 0) throw new Error(`a row stays: ${waiting[0]?.event}\n${String(errors.at(-1))}`);
      if (refused.some((reason) => reason.length < 10)) throw new Error("a row was refused without a reason");
    }
    async function checkJob({ name, data }: Handed["job"]): Promise<void> {
      const job = { id: "1", name, data, timestamp: 1, attemptsStarted: 1, moveToDelayed: async () => {} };
      try {
        await run(job as unknown as Job<unknown>);
      } catch (error) {
        if (error instanceof DelayedError) throw new Error(`a job is tried again for ever: ${String(errors.at(-1))}`);
        if (!(error instanceof UnrecoverableError) || error.message.length < 10) throw error;
      }
    }
    return {
      values: fc.record({
        rows: fc.array(rowOf(item), { maxLength: 3 }),
        job: fc.record({
          name: fc.oneof({ weight: 9, arbitrary: fc.constant("event") }, { weight: 1, arbitrary: anyText(20) }),
          data: fc.oneof(item, fc.array(item, { maxLength: 3 })),
        }),
      }),
      async check({ rows, job }) {
        // As Redis holds it: what is no JSON cannot be a job's data.
        const data = JSON.parse(JSON.stringify(job.data) ?? "null");
        await Promise.all([checkInbox(rows), checkJob({ ...job, data })]);
      },
      close: () => work.close(),
    };
  },
});
