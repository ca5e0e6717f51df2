import { type Job, UnrecoverableError } from "bullmq";
import { afterEach, expect, it } from "vitest";
import { Leader } from "../../src/delivery/leader.js";
import { createJobRunner } from "../../src/intake/bullmq-events.js";
import { createInbox } from "../../src/intake/inbox.js";
import { SILENT } from "../delivery/kit.js";
import { OK, openWorkedRoad, type WorkedRoad } from "../delivery/worked-road.js";
import { rowsInMemory } from "../fuzz/inbox-rows.js";

let work: WorkedRoad;
afterEach(() => work.close());

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const eventWith = (extra: string) =>
  `{"customer":"acme","order":"A1","statusCode":"take","statusTime":"2026-01-02T03:04:05Z","details":{"extra":{"x":${extra}}}}`;

const HOSTILE: [what: string, event: string, reason: RegExp][] = [
  ["is nested deeper than the database can hold", eventWith(deep(1_200)), /is nested deeper than 64 levels/],
  ["reaches for a prototype", eventWith('{"__proto__":{"a":1}}'), /__proto__ is not allowed as a name/],
];

it.each(HOSTILE)(
  "an event of the inbox that %s is refused, and holds up none behind it",
  async (_what, event, reason) => {
    work = await openWorkedRoad({ send: async () => OK });
    const { store, waiting, refused } = rowsInMemory([event, eventWith("1")]);
    const clock = work.clock;
    const inbox = createInbox({
      store,
      publisher: work.road.publisher,
      leader: new Leader(clock, null),
      clock,
      log: SILENT,
    });
    inbox.start();
    await inbox.stop();
    expect(waiting).toEqual([]);
    expect(refused).toEqual([expect.stringMatching(reason)]);
    expect(await work.store.database.prisma.event.count()).toBe(1);
  },
);

it.each(HOSTILE)("a job with an event that %s fails for good, with the reason", async (_what, event, reason) => {
  work = await openWorkedRoad({ send: async () => OK });
  const { publisher } = work.road;
  const run = createJobRunner({ url: "redis://127.0.0.1:1", publisher, clock: work.clock, log: SILENT });
  const job = { id: "1", name: "event", data: JSON.parse(event), timestamp: 1, attemptsStarted: 1 } as unknown as Job;
  const error = await run(job).catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(UnrecoverableError);
  expect((error as Error).message).toMatch(reason);
});
