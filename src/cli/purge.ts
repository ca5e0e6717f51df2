import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../clock.js";
import type { Client } from "./client.js";
import { confirm, type Item, isItem, print, text } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { interruptSignal } from "./interrupt.js";
import { count, createProgress } from "./progress.js";

export interface PurgeOptions {
  readonly customer?: string;
  readonly order?: string;
  readonly by?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

const LOOK_MS = 500;

const countsOf = (answer: unknown): Item => (isItem(answer) && isItem(answer.counts) ? answer.counts : {});
const number = (counts: Item, name: string): number => Number(text(counts, name)) || 0;

function inWords(counts: Item): string {
  const of = (name: string) => `${count(number(counts, name))} ${name}`;
  return `${of("events")}, ${of("deliveries")} (${count(number(counts, "canceled"))} of them waiting), ${of("attempts")}, ${of("orders")}, ${of("endpoints")}, ${of("mails")}`;
}

/** Shows how far it is until all rows are gone; an interruption leaves the service at it. */
async function follow(client: Client, begun: unknown, total: number): Promise<unknown> {
  const progress = createProgress({ stream: process.stderr, clock: systemClock, unit: "events" });
  const signal = interruptSignal();
  const path = `/v1/purges/${encodeURIComponent(text(begun, "id"))}`;
  let purge = begun;
  while (text(purge, "state") === "running") {
    if (signal.aborted) {
      progress.finish();
      throw new CliError(
        EXIT.refused,
        `The service goes on with ${text(begun, "id")}: GET ${path} shows how far it is.`,
      );
    }
    const done = number(countsOf(purge), "events");
    progress.update(done, total === 0 ? null : done / total);
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    purge = await client.request("GET", path);
  }
  progress.finish();
  return purge;
}

/** `waybell purge`: deletes all that is known of an order or a customer. Throws CliError. */
export async function purge(client: Client, options: PurgeOptions): Promise<ExitCode> {
  const { customer, order, by, dryRun, yes, json } = options;
  if (customer === undefined) throw new CliError(EXIT.usage, "--customer is missing: whose data is to be deleted?");
  const scope = { customer, ...(order === undefined ? {} : { order }) };
  const counted = await client.request("POST", "/v1/purges", { body: { ...scope, dryRun: true }, long: true });
  const counts = countsOf(counted);
  const whose =
    order === undefined ? `the customer "${customer}" and all of it` : `the order "${order}" of ${customer}`;
  if (dryRun) {
    print(json ? JSON.stringify(counted) : `Of ${whose} there would be deleted: ${inWords(counts)}.`);
    return EXIT.fine;
  }
  const question = `Delete ${whose} for good? ${inWords(counts)}.`;
  if (!yes && !(await confirm(question))) return EXIT.fine;
  const body = { ...scope, ...(by === undefined ? {} : { requestedBy: by }) };
  const begun = await client.request("POST", "/v1/purges", { body, long: true });
  const ended = await follow(client, begun, number(counts, "events"));
  if (json) print(JSON.stringify(ended));
  else {
    print(`Deleted: ${inWords(countsOf(ended))}.`);
    print(`The record is ${text(ended, "id")}. Pictures that nobody else holds are gone within a quarter of an hour.`);
  }
  return EXIT.fine;
}
