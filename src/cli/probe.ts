import { readFile } from "node:fs/promises";
import type { Client } from "./client.js";
import { endpointId, type Item, isItem, print, printJson, text } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { clean, cleanLines } from "./table.js";

const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** Reads a JSON document from a file. Throws CliError: exit code 2 when there is none, 1 when it is no JSON. */
export async function readJsonFile(file: string): Promise<unknown> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(EXIT.usage, `${file} cannot be read (${error.code}).`, error);
  });
  if (bytes.length > MAX_EVENT_BYTES) throw new CliError(EXIT.refused, `${file} is larger than 64 MiB.`);
  try {
    return JSON.parse(bytes.toString("utf8").replace(/^\ufeff/, ""));
  } catch (error) {
    throw new CliError(EXIT.refused, `${file} is not valid JSON: ${(error as Error).message}`, error);
  }
}

/** What an event is made of on the command line: a file, and members that come before those of the file; or one that is kept. */
export interface EventOptions {
  readonly event?: string;
  readonly eventId?: string;
  readonly order?: string;
  readonly reference?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly reasonText?: string;
}

async function bodyOf(options: EventOptions): Promise<{ event?: unknown; eventId?: string }> {
  const { event: file, eventId, order, reference, status: statusCode, reason: code, reasonText: text } = options;
  const reason = code === undefined && text === undefined ? undefined : { code, text };
  const given = Object.entries({ order, reference, statusCode, reason }).filter(([, value]) => value !== undefined);
  if (eventId !== undefined) {
    if (file === undefined && given.length === 0) return { eventId };
    throw new CliError(EXIT.usage, "Give --event-id alone: that event is used as it is kept.");
  }
  const inFile = file === undefined ? {} : await readJsonFile(file);
  // What is no object goes to the server as it is, which says so.
  if (given.length === 0 || typeof inFile !== "object" || inFile === null || Array.isArray(inFile)) {
    return file === undefined ? {} : { event: inFile };
  }
  return { event: { ...inFile, ...Object.fromEntries(given) } };
}

/** `waybell render`: what an endpoint would send, without sending it. */
export async function renderPreview(
  client: Client,
  endpoint: string,
  options: EventOptions & { json: boolean },
): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const body = await bodyOf(options);
  const preview = (await client.request("POST", `/v1/endpoints/${encodeURIComponent(id)}/preview`, { body })) as Item;
  if (options.json) {
    printJson(preview, 2);
    return EXIT.fine;
  }
  const headers = (preview.headers ?? {}) as Item;
  const shown = "content-type" in headers ? ["url", "fileName"] : ["url", "fileName", "contentType"];
  for (const name of shown) {
    if (text(preview, name)) print(`${`${name}:`.padEnd(13)} ${clean(text(preview, name))}`);
  }
  for (const [name, value] of Object.entries(headers)) print(`${clean(`${name}: ${value}`)}`);
  const content = text(preview, "body");
  if (content !== "") print(`\n${cleanLines(content).join("\n")}`);
  const unmapped = (preview.unmapped ?? []) as string[];
  if (unmapped.length > 0) {
    print(`\n${unmapped.length} status codes are not in the status map: ${clean(unmapped.join(", "))}`);
  }
  return EXIT.fine;
}

function milliseconds(item: Item): string {
  return String(Math.round(Number(item.durationMs)));
}

function printStep(step: Item): void {
  const mark = step.ok === true ? "✓" : "✗";
  print(`${mark} ${text(step, "step").padEnd(9)} ${milliseconds(step).padStart(6)} ms  ${clean(text(step, "detail"))}`);
  if (text(step, "fingerprint")) print(`${" ".repeat(22)}${clean(text(step, "fingerprint"))}`);
}

function lineItem(line: string): Item {
  try {
    const item: unknown = JSON.parse(line);
    return isItem(item) ? item : {};
  } catch {
    return {};
  }
}

/** Prints the steps as they end; returns the whole answer. Throws CliError when it breaks off. */
async function followCheck(client: Client, path: string): Promise<Item> {
  let answer: Item | undefined;
  await client.follow(`${path}?live=true`, (line) => {
    const item = lineItem(line);
    if (Array.isArray(item.steps)) answer = item;
    else printStep(item);
  });
  if (answer) return answer;
  throw new CliError(EXIT.unreachable, `The answer of the server at ${client.url} broke off.`);
}

/** `waybell check`: resolve, connect, log in, write, rename, delete, one tick each; on a terminal as each ends. */
export async function checkEndpoint(client: Client, endpoint: string, options: { json: boolean }): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const path = `/v1/endpoints/${encodeURIComponent(id)}/check`;
  const isLive = process.stdout.isTTY && !options.json;
  const answer = isLive
    ? await followCheck(client, path)
    : ((await client.request("POST", path, { long: true })) as Item);
  const ok = answer.ok === true;
  if (options.json) printJson(answer, 2);
  else {
    if (!isLive) for (const step of (answer.steps ?? []) as Item[]) printStep(step);
    print(ok ? "The endpoint can be reached and takes what it is given." : "The endpoint does not work yet.");
  }
  return ok ? EXIT.fine : EXIT.refused;
}

/** What `waybell test` is told beside the endpoint. */
export interface TestOptions extends EventOptions {
  /** A file with the setting of an endpoint that is not saved, instead of one that is. */
  readonly setting?: string;
  readonly customer?: string;
  readonly json: boolean;
}

/** Where a test goes, and the body that says what is to be tested there. */
async function testRequest(client: Client, endpoint: string | undefined, options: TestOptions) {
  const { setting, customer } = options;
  if ((endpoint === undefined) === (setting === undefined)) {
    throw new CliError(EXIT.usage, "Give an endpoint, or --setting FILE for one that is not saved yet.");
  }
  const event = await bodyOf(options);
  if (endpoint !== undefined) {
    const id = await endpointId(client, endpoint);
    return { path: `/v1/endpoints/${encodeURIComponent(id)}/test`, body: event };
  }
  if (customer === undefined)
    throw new CliError(EXIT.usage, "Give --customer with --setting: whose endpoint it would be.");
  return { path: "/v1/test", body: { customer, endpoint: await readJsonFile(setting ?? ""), ...event } };
}

function printAttempt(answer: Item): void {
  const attempt = (answer.attempt ?? {}) as Item;
  const detail = [text(attempt, "code"), text(attempt, "detail")].filter((part) => part !== "").join(": ");
  const mark = answer.ok === true ? "✓ delivered" : "✗ not delivered";
  print(`${mark} to ${clean(text(attempt, "address"))} in ${milliseconds(attempt)} ms`);
  print(`  ${clean(text(answer, "message"))}`);
  if (detail) print(`  ${clean(detail)}`);
  const timings = Object.entries((attempt.timings ?? {}) as Item).map(
    ([step, ms]) => `${step} ${Math.round(Number(ms))} ms`,
  );
  if (timings.length > 0) print(`  ${clean(timings.join(", "))}`);
  const sent = (attempt.sent ?? {}) as Item;
  if (text(sent, "body")) print(`  sent:     ${clean(text(sent, "body").slice(0, 2000))}`);
  if (text(attempt, "response")) print(`  received: ${clean(text(attempt, "response").slice(0, 2000))}`);
}

/** `waybell test`: sends one made-up or given event to one endpoint, saved or not, and shows what came back. */
export async function testEndpoint(
  client: Client,
  endpoint: string | undefined,
  options: TestOptions,
): Promise<ExitCode> {
  const { path, body } = await testRequest(client, endpoint, options);
  const answer = (await client.request("POST", path, { body, long: true })) as Item;
  if (options.json) printJson(answer, 2);
  else printAttempt(answer);
  return answer.ok === true ? EXIT.fine : EXIT.refused;
}
