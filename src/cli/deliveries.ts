import type { Client } from "./client.js";
import {
  confirm,
  endpointId,
  type Item,
  print,
  printError,
  printJson,
  printTable,
  take,
  text,
  time,
  toTime,
} from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { count } from "./progress.js";
import { clean, cleanLines } from "./table.js";

/** Filters that the API takes as they are given. */
const AS_GIVEN = [
  "customer",
  "event",
  "order",
  "reference",
  "barcode",
  "state",
  "status",
  "statusCode",
  "fault",
  "code",
  "error",
] as const;
const FILTERS = [...AS_GIVEN, "endpoint", "from", "to"] as const;

/** The filters that lists and changes of many deliveries share. */
export type DeliveryFilter = { readonly [name in (typeof FILTERS)[number]]?: string };

export interface ChangeOptions extends DeliveryFilter {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export type DeliveryChange = "retry" | "cancel" | "replay";

const MAX_PAGE = 500;
const DONE: Readonly<Record<DeliveryChange, string>> = {
  retry: "retried",
  cancel: "canceled",
  replay: "replayed: sent again as new deliveries",
};

async function toFilter(client: Client, options: DeliveryFilter): Promise<Record<string, string>> {
  const filter: Record<string, string> = {};
  for (const name of AS_GIVEN) {
    const value = options[name];
    if (value !== undefined) filter[name] = value;
  }
  if (options.endpoint !== undefined) filter.endpoint = await endpointId(client, options.endpoint);
  if (options.from !== undefined) filter.from = toTime("--from", options.from, Date.now());
  if (options.to !== undefined) filter.to = toTime("--to", options.to, Date.now());
  return filter;
}

/** `waybell deliveries list` */
export async function listDeliveries(
  client: Client,
  options: DeliveryFilter & { limit: number; json: boolean },
): Promise<ExitCode> {
  const filter = await toFilter(client, options);
  const limit = String(Math.min(options.limit + 1, MAX_PAGE));
  const { taken, more } = await take(client.items("/v1/deliveries", { ...filter, limit }), options.limit);
  if (options.json) {
    for (const delivery of taken) printJson(delivery);
    return EXIT.fine;
  }
  printTable(
    [
      { title: "delivery", keep: true },
      { title: "customer", keep: true },
      { title: "order", keep: true },
      { title: "state" },
      { title: "tries", align: "right" },
      { title: "since" },
      { title: "why", shrink: true },
    ],
    taken.map((delivery) => [
      text(delivery, "id"),
      text(delivery, "customer"),
      text(delivery, "order"),
      text(delivery, "state"),
      text(delivery, "attempts"),
      time(delivery.finishedAt ?? delivery.createdAt),
      text(delivery, "reason") || text(delivery, "lastError"),
    ]),
  );
  if (more) print(`There are more: give --limit, or narrow the list down.`);
  return EXIT.fine;
}

function printFields(item: Item, names: readonly string[]): void {
  for (const name of names) {
    const value = name.endsWith("At") ? time(item[name]) : text(item, name);
    if (value !== "") print(`${`${name}:`.padEnd(13)} ${clean(value)}`);
  }
}

function printBlock(title: string, body: string): void {
  if (body === "") return;
  print(`  ${title}:`);
  for (const line of cleanLines(body)) print(`    ${line}`);
}

function printAttempt(attempt: Item): void {
  const parts = ["outcome", "fault", "code"].map((name) => text(attempt, name)).filter((part) => part !== "");
  const late = attempt.late === true ? ", too late to count" : "";
  print("");
  print(
    `Attempt ${text(attempt, "number")}, ${time(attempt.startedAt)}, ${Math.round(Number(attempt.durationMs))} ms: ${clean(parts.join(", "))}${late}`,
  );
  if (text(attempt, "detail")) print(`  ${clean(text(attempt, "detail"))}`);
  print(`  to: ${clean(`${text(attempt, "transport")} ${text(attempt, "address")}`)}`);
  const sent = attempt.sent as Item | null | undefined;
  if (sent) {
    const name = text(sent, "fileName");
    printBlock(
      `sent, ${text(sent, "bytes")} bytes of ${text(sent, "contentType")}${name ? ` as ${clean(name)}` : ""}`,
      text(sent, "body"),
    );
  }
  printBlock("received", text(attempt, "response"));
}

/** `waybell deliveries show` */
export async function showDelivery(client: Client, id: string, options: { json: boolean }): Promise<ExitCode> {
  const answer = (await client.request("GET", `/v1/deliveries/${encodeURIComponent(id)}`)) as Item;
  if (options.json) {
    printJson(answer, 2);
    return EXIT.fine;
  }
  const names = [
    "id",
    "state",
    "reason",
    "fault",
    "lastError",
    "customer",
    "order",
    "eventId",
    "endpointId",
    "fileName",
  ];
  printFields(answer, [...names, "createdAt", "dueAt", "finishedAt"]);
  for (const attempt of (answer.attemptList ?? []) as Item[]) printAttempt(attempt);
  return EXIT.fine;
}

const ENDPOINT_DELETED = "The endpoint of this delivery was deleted";
/** The states out of which the server changes a delivery. */
const CHANGEABLE: Readonly<Record<Exclude<DeliveryChange, "replay">, readonly string[]>> = {
  retry: ["failed", "canceled", "pending"],
  cancel: ["pending"],
};

/** Throws CliError when a replay made no delivery: that is not what was asked for. */
function requireReplayed(answer: unknown, otherwise: string): void {
  const { count: made, reason } = (answer ?? {}) as { count?: unknown; reason?: unknown };
  if (Number(made ?? 0) > 0) return;
  const why = typeof reason === "string" ? reason : otherwise;
  throw new CliError(EXIT.refused, `Nothing was sent again: ${clean(why)}`);
}

/** The delivery alone, as a filter: an earlier replay made others of its event for its endpoint, at another moment. */
function filterOf(delivery: unknown): Record<string, string> {
  const from = text(delivery, "createdAt");
  const to = new Date(Date.parse(from) + 1).toISOString();
  return { event: text(delivery, "eventId"), endpoint: text(delivery, "endpointId"), from, to };
}

async function changeOne(client: Client, change: DeliveryChange, id: string): Promise<void> {
  if (change !== "replay") {
    await client.request("POST", `/v1/deliveries/${encodeURIComponent(id)}/${change}`);
    return;
  }
  if (!id.startsWith("dlv_")) {
    const path = `/v1/events/${encodeURIComponent(id)}/replay`;
    requireReplayed(await client.request("POST", path), "No endpoint matches this event now");
    return;
  }
  const filter = filterOf(await client.request("GET", `/v1/deliveries/${encodeURIComponent(id)}`));
  const answer = await client.request("POST", "/v1/deliveries/replay", { body: { filter, dryRun: false } });
  requireReplayed(answer, ENDPOINT_DELETED);
}

/** Asks the server whether `changeOne` would work, and changes nothing. Throws CliError where it would not. */
async function judgeOne(client: Client, change: DeliveryChange, id: string): Promise<void> {
  if (change === "replay" && !id.startsWith("dlv_")) {
    // Which endpoints match an event is only found out by replaying it.
    await client.request("GET", `/v1/events/${encodeURIComponent(id)}`);
    return;
  }
  const delivery = await client.request("GET", `/v1/deliveries/${encodeURIComponent(id)}`);
  const state = text(delivery, "state");
  if (change !== "replay" && !CHANGEABLE[change].includes(state)) {
    const states = CHANGEABLE[change].join(", ");
    throw new CliError(EXIT.refused, `It is ${clean(state)}: only ${states} can be ${DONE[change]}.`);
  }
  const filter = { ...filterOf(delivery), ...(change === "replay" ? {} : { state }) };
  const answer = await client.request("POST", `/v1/deliveries/${change}`, { body: { filter, dryRun: true } });
  if (Number((answer as Item | null)?.count ?? 0) === 0) throw new CliError(EXIT.refused, `${ENDPOINT_DELETED}.`);
}

async function changeByFilter(client: Client, change: DeliveryChange, options: ChangeOptions): Promise<ExitCode> {
  const filter = await toFilter(client, options);
  const ask = async (dryRun: boolean) => {
    const answer = await client.request("POST", `/v1/deliveries/${change}`, { body: { filter, dryRun }, long: true });
    return Number((answer as Item | null)?.count ?? 0);
  };
  const found = await ask(true);
  const what = `${count(found)} ${found === 1 ? "delivery" : "deliveries"}`;
  const tell = (counted: number, changed: boolean, sentence: string) => {
    if (options.json) printJson({ change, count: counted, changed });
    else print(sentence);
    return EXIT.fine;
  };
  if (options.dryRun || found === 0) return tell(found, false, `${what} would be ${DONE[change]}.`);
  if (!options.yes && !(await confirm(`${what} will be ${DONE[change]}. Go ahead?`))) {
    return tell(found, false, "Nothing was changed.");
  }
  const changed = await ask(false);
  return tell(changed, true, `${count(changed)} ${changed === 1 ? "delivery" : "deliveries"} ${DONE[change]}.`);
}

/** `waybell deliveries retry|cancel|replay`: by ids, or by filter with a count first. */
export async function changeDeliveries(
  client: Client,
  change: DeliveryChange,
  ids: readonly string[],
  options: ChangeOptions,
): Promise<ExitCode> {
  const filtered = FILTERS.some((name) => options[name] !== undefined);
  if (ids.length === 0 && !filtered) {
    throw new CliError(
      EXIT.usage,
      `Say which deliveries: give ids, or a filter such as --customer acme --state failed.`,
    );
  }
  if (ids.length > 0 && filtered) throw new CliError(EXIT.usage, "Give ids or a filter, not both.");
  if (ids.length === 0) return changeByFilter(client, change, options);
  let code: ExitCode = EXIT.fine;
  for (const id of ids) {
    try {
      await (options.dryRun ? judgeOne : changeOne)(client, change, id);
      const sentence = `${id} ${options.dryRun ? "would be " : ""}${DONE[change]}.`;
      if (options.json) printJson({ id, change, ok: true, changed: !options.dryRun });
      else print(sentence);
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode === EXIT.unreachable) throw error;
      if (options.json) printJson({ id, change, ok: false, changed: false, error: error.message });
      printError(`${id}: ${error.message}`);
      code = EXIT.refused;
    }
  }
  return code;
}
