import { systemClock } from "../../clock.js";
import type { EventInput } from "../../types.js";
import type { Client } from "../client.js";
import { CliError, EXIT } from "../fail.js";
import type { Progress } from "../progress.js";
import { clean } from "../table.js";
import { CUSTOMERS, UNLUCKY } from "./customers.js";
import type { HttpReceiver, ReceivedMail } from "./receivers.js";
import { until } from "./service.js";

const SET_EVENTS = 10;
/** Slow enough to be watched. */
const BETWEEN_SETS_MS = 150;
const MAIL_MS = 20_000;
const DELIVERED_MS = 40_000;

/** What playing the day needs; `arrived` counts deliveries at all receivers, each once. */
export interface Stage {
  readonly client: Client;
  readonly events: readonly EventInput[];
  readonly expected: number;
  readonly unlucky: HttpReceiver;
  readonly mails: readonly ReceivedMail[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  arrived(): number;
}

function mailsTo(stage: Stage, customer: string): number {
  const addresses = CUSTOMERS[customer]?.emails ?? [];
  return stage.mails.filter(({ to }) => to.some((address) => addresses.includes(address))).length;
}

async function publish(stage: Stage, events: readonly EventInput[]): Promise<void> {
  const refused: string[] = [];
  const body = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const onLine = (line: string) => {
    const { status, error } = JSON.parse(line) as { status?: number; error?: unknown };
    if (status !== undefined && status >= 300) refused.push(clean(JSON.stringify(error)));
  };
  await stage.client.postLines("/v1/events", body, onLine, stage.signal);
  if (refused.length > 0)
    throw new CliError(EXIT.refused, `The service refused events of the sample:\n${refused.join("\n")}`);
}

function show(stage: Stage, note: string): void {
  const arrived = stage.arrived();
  stage.progress.update(arrived, arrived / stage.expected, note);
}

function noMail(which: string): () => Error {
  return () => new CliError(EXIT.refused, `No mail about the ${which} came within ${MAIL_MS / 1000} s.`);
}

/**
 * Publishes the day; in its middle the web server of one customer is down, until the mail about it has come. Resolves
 * when everything has arrived, or when it has taken too long: what is missing is told by comparing. Throws CliError when
 * a mail does not come.
 */
export async function playDay(stage: Stage): Promise<void> {
  const { unlucky, signal, progress } = stage;
  const sets = Math.ceil(stage.events.length / SET_EVENTS);
  const [downAt, upAt] = [Math.floor(sets / 3), Math.floor((sets * 2) / 3)];
  let down = false;
  const comeBack = async () => {
    await unlucky.comeBack();
    down = false;
    progress.print(`↑ The web server of ${UNLUCKY} is back.`);
  };
  for (let at = 0; at < sets; at++) {
    if (at === downAt) {
      await until(
        () => unlucky.arrivals.length > 0,
        DELIVERED_MS,
        signal,
        () => new CliError(EXIT.refused, "Nothing arrives by URL/POST."),
      );
      await unlucky.goDown();
      down = true;
      progress.print(`↓ The web server of ${UNLUCKY} goes down.`);
    }
    if (down && at >= upAt && mailsTo(stage, UNLUCKY) > 0) await comeBack();
    await publish(stage, stage.events.slice(at * SET_EVENTS, (at + 1) * SET_EVENTS));
    show(stage, down ? "one is down" : "");
    await new Promise<void>((resolve) => systemClock.after(BETWEEN_SETS_MS, resolve));
    signal.throwIfAborted();
  }
  if (down) {
    await until(() => mailsTo(stage, UNLUCKY) > 0, MAIL_MS, signal, noMail("outage"));
    await comeBack();
  }
  await allDelivered(stage);
  await until(() => mailsTo(stage, UNLUCKY) > 1, MAIL_MS, signal, noMail("recovery"));
}

async function allDelivered(stage: Stage): Promise<void> {
  const open = async (state: string) => {
    const page = (await stage.client.request("GET", `/v1/deliveries?state=${state}&limit=1`)) as { items: unknown[] };
    return page.items.length;
  };
  const delivered = async () => {
    show(stage, "");
    return stage.arrived() >= stage.expected && (await open("pending")) + (await open("sending")) === 0;
  };
  const late = new CliError(EXIT.refused, "late");
  await until(delivered, DELIVERED_MS, stage.signal, () => late).catch((error: unknown) => {
    if (error !== late) throw error;
  });
}
