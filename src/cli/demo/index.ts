import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.js";
import type { EventInput } from "../../types.js";
import type { Client } from "../client.js";
import { print, printTable, text } from "../context.js";
import { CliError, EXIT, type ExitCode } from "../fail.js";
import { interruptSignal } from "../interrupt.js";
import { count, createProgress, shortDuration } from "../progress.js";
import { countFiles, readFolder } from "./arrivals.js";
import { CUSTOMERS, type DemoEndpoint, demoEndpoints } from "./customers.js";
import { playDay } from "./day.js";
import type { Arrival } from "./receivers.js";
import { RESULT_COLUMNS, resultOf, resultRow } from "./result.js";
import { type Service, startService } from "./service.js";
import { type Receivers, startReceivers } from "./stage.js";

const SAMPLE = new URL("../../../samples/day.ndjson", import.meta.url);

type Configured = DemoEndpoint & { readonly id: string };

function readSample(): EventInput[] {
  const lines = readFileSync(SAMPLE, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as EventInput);
}

async function configure(client: Client, endpoints: readonly DemoEndpoint[]): Promise<Configured[]> {
  for (const [customer, body] of Object.entries(CUSTOMERS)) {
    await client.request("PUT", `/v1/customers/${customer}`, { body });
  }
  const configured: Configured[] = [];
  for (const endpoint of endpoints) {
    const path = `/v1/customers/${endpoint.customer}/endpoints`;
    const id = text(await client.request("POST", path, { body: endpoint.settings }), "id");
    const checked = (await client.request("POST", `/v1/endpoints/${id}/check`, { long: true })) as { ok?: unknown };
    print(`${checked.ok === true ? "✓" : "✗"} ${endpoint.customer} / ${endpoint.settings.name}: ${endpoint.method}`);
    if (checked.ok !== true) throw new CliError(EXIT.refused, `The check failed: ${JSON.stringify(checked)}`);
    configured.push({ ...endpoint, id });
  }
  return configured;
}

function arrivalsOf(receivers: Receivers, { method }: DemoEndpoint): readonly Arrival[] {
  if (method === "URL/GET") return receivers.get.arrivals;
  if (method === "URL/POST") return receivers.post.arrivals;
  return readFolder(receivers.folders[method]);
}

function countArrivals({ get, post, folders }: Receivers): number {
  const once = (arrivals: readonly Arrival[]) => new Set(arrivals.map(({ id }) => id)).size;
  const files = Object.values(folders).reduce((sum, folder) => sum + countFiles(folder), 0);
  return once(get.arrivals) + once(post.arrivals) + files;
}

/** Publishes the day, and compares what arrived; true when everything is where it should be. */
async function play(service: Service, receivers: Receivers, endpoints: readonly Configured[], signal: AbortSignal) {
  const events = readSample();
  const expected = endpoints.reduce((sum, { wants }) => sum + events.filter((event) => wants(event)).length, 0);
  print(`\nPublishing ${count(events.length)} status changes of one day: ${count(expected)} deliveries.`);
  const progress = createProgress({ stream: process.stderr, clock: systemClock, unit: "delivered" });
  receivers.onMail((mail) => progress.print(`✉ ${mail.to.join(", ")}: ${mail.subject}`));
  const arrived = () => countArrivals(receivers);
  const { client } = service;
  const { mails } = receivers.mail;
  try {
    await playDay({ client, events, expected, unlucky: receivers.post, mails, progress, signal, arrived });
  } finally {
    progress.finish();
  }
  const results = [];
  for (const endpoint of endpoints) {
    results.push(await resultOf(client, endpoint, events, arrivalsOf(receivers, endpoint), mails));
  }
  print("");
  printTable(RESULT_COLUMNS, results.map(resultRow));
  for (const { endpoint, problems } of results) {
    for (const problem of problems) print(`✗ ${endpoint.customer} / ${endpoint.settings.name}: ${problem}`);
  }
  return results.every(({ problems }) => problems.length === 0);
}

function printLookAround(service: Service, key: string, folder: string): void {
  const { url } = service;
  print(`
It keeps running until Ctrl-C. Look around:
  export WAYBELL_URL=${url} WAYBELL_KEY=${key}
  curl -H "authorization: Bearer $WAYBELL_KEY" "${url}/v1/deliveries?customer=pharma-du-nord&limit=3"
  node dist/cli.js deliveries list --customer pharma-du-nord
  node dist/cli.js check 'meubelen-claes/EDI'
  echo '{"customer":"meubelen-claes","order":"MC1","statusCode":"take","statusTime":"20260310120000"}' | node dist/cli.js send -
The API in words:    ${url}/docs
The files it wrote:  ${folder}
The service's log:   ${service.logFile}`);
}

async function untilInterrupted(signal: AbortSignal): Promise<void> {
  // A signal alone keeps no process alive: the receivers do.
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** `waybell demo`: the whole road, on this machine, in well under a minute. Leaves nothing behind. */
export async function runDemo({ keep }: { keep: boolean }): Promise<ExitCode> {
  const signal = interruptSignal();
  const startedAt = systemClock.monotonic();
  const folder = mkdtempSync(join(tmpdir(), "waybell-demo-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const closing: (() => Promise<void>)[] = [];
  try {
    const receivers = await startReceivers(folder);
    closing.push(receivers.close);
    const key = randomBytes(24).toString("base64url");
    const settings = { SMTP_URL: receivers.mail.url, EGRESS_ALLOW: "127.0.0.0/8", LOG_LEVEL: "info" };
    const service = await startService(folder, key, settings, signal);
    closing.push(service.stop);
    print(`Waybell serves at ${service.url}; web, FTP, SFTP and mail servers of the customers run beside it.\n`);
    const endpoints = await configure(service.client, demoEndpoints(receivers.addresses));
    const good = await play(service, receivers, endpoints, signal);
    const took = shortDuration(systemClock.monotonic() - startedAt);
    print(good ? `\nEvery event arrived where it should, in ${took}.` : "\nNot everything arrived where it should.");
    if (keep) {
      printLookAround(service, key, folder);
      await untilInterrupted(signal);
    }
    return good ? EXIT.fine : EXIT.refused;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CliError(EXIT.refused, "Interrupted: everything was stopped and removed.", error);
  } finally {
    for (const close of closing.reverse()) await close().catch(() => {});
    removeFolder();
    process.off("exit", removeFolder);
  }
}
