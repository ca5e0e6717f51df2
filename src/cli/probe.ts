import { readFile } from "node:fs/promises";
import type { Client } from "./client.js";
import { endpointId, type Item, print, text } from "./context.js";
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

async function bodyOf(eventFile: string | undefined): Promise<{ event?: unknown }> {
  return eventFile === undefined ? {} : { event: await readJsonFile(eventFile) };
}

/** `waybell render`: what an endpoint would send, without sending it. */
export async function renderPreview(
  client: Client,
  endpoint: string,
  options: { event?: string; json: boolean },
): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const body = await bodyOf(options.event);
  const preview = (await client.request("POST", `/v1/endpoints/${encodeURIComponent(id)}/preview`, { body })) as Item;
  if (options.json) {
    print(JSON.stringify(preview, null, 2));
    return EXIT.fine;
  }
  for (const name of ["url", "fileName", "contentType"]) {
    if (text(preview, name)) print(`${`${name}:`.padEnd(13)} ${clean(text(preview, name))}`);
  }
  for (const [name, value] of Object.entries((preview.headers ?? {}) as Item)) print(`${clean(`${name}: ${value}`)}`);
  const content = text(preview, "body");
  if (content !== "") print(`\n${cleanLines(content).join("\n")}`);
  return EXIT.fine;
}

function milliseconds(item: Item): string {
  return String(Math.round(Number(item.durationMs)));
}

/** `waybell check`: resolve, connect, log in, write, rename, delete, one tick each. */
export async function checkEndpoint(client: Client, endpoint: string, options: { json: boolean }): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const path = `/v1/endpoints/${encodeURIComponent(id)}/check`;
  const answer = (await client.request("POST", path, { long: true })) as Item;
  const ok = answer.ok === true;
  if (options.json) print(JSON.stringify(answer, null, 2));
  else {
    for (const step of (answer.steps ?? []) as Item[]) {
      const mark = step.ok === true ? "✓" : "✗";
      print(
        `${mark} ${text(step, "step").padEnd(9)} ${milliseconds(step).padStart(6)} ms  ${clean(text(step, "detail"))}`,
      );
      if (text(step, "fingerprint")) print(`${" ".repeat(22)}${clean(text(step, "fingerprint"))}`);
    }
    print(ok ? "The endpoint can be reached and takes what it is given." : "The endpoint does not work yet.");
  }
  return ok ? EXIT.fine : EXIT.refused;
}

/** `waybell test`: sends one made-up or given event to one endpoint, and shows what came back. */
export async function testEndpoint(
  client: Client,
  endpoint: string,
  options: { event?: string; json: boolean },
): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const body = await bodyOf(options.event);
  const path = `/v1/endpoints/${encodeURIComponent(id)}/test`;
  const answer = (await client.request("POST", path, { body, long: true })) as Item;
  const ok = answer.ok === true;
  if (options.json) print(JSON.stringify(answer, null, 2));
  else {
    const attempt = (answer.attempt ?? {}) as Item;
    const detail = [text(attempt, "code"), text(attempt, "detail")].filter((part) => part !== "").join(": ");
    print(
      `${ok ? "✓ delivered" : "✗ not delivered"} to ${clean(text(attempt, "address"))} in ${milliseconds(attempt)} ms`,
    );
    if (detail) print(`  ${clean(detail)}`);
    if (text(attempt, "response")) print(`  received: ${clean(text(attempt, "response").slice(0, 2000))}`);
  }
  return ok ? EXIT.fine : EXIT.refused;
}
