import type { Client } from "./client.js";
import { endpointId, type Item, print, printJson, printTable, text } from "./context.js";
import { EXIT, type ExitCode } from "./fail.js";
import { count } from "./progress.js";

/** `waybell endpoints list`: of one customer, or of all. */
export async function listEndpoints(
  client: Client,
  customer: string | undefined,
  options: { json: boolean },
): Promise<ExitCode> {
  const rows: Item[] = [];
  const customers = customer === undefined ? client.items("/v1/customers") : [{ id: customer }];
  for await (const { id } of customers) {
    for await (const item of client.items(`/v1/customers/${encodeURIComponent(String(id))}/endpoints`)) rows.push(item);
  }
  if (options.json) for (const row of rows) printJson(row);
  else {
    printTable(
      [
        { title: "endpoint", keep: true },
        { title: "customer", keep: true },
        { title: "name", shrink: true },
        { title: "transport" },
        { title: "template" },
        { title: "state" },
        { title: "why", shrink: true },
      ],
      rows.map((row) => [
        text(row, "id"),
        text(row, "customer"),
        text(row, "order") ? `${text(row, "name")} (order ${text(row, "order")})` : text(row, "name"),
        text(row.transport, "type"),
        text(row.template, "name"),
        row.state === "active" && row.held ? "held" : text(row, "state"),
        text(row.held, "reason") || text(row, "stateReason"),
      ]),
    );
  }
  return EXIT.fine;
}

/** `waybell endpoints show`: as JSON, its secrets masked by the server. */
export async function showEndpoint(client: Client, endpoint: string): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  printJson(await client.request("GET", `/v1/endpoints/${encodeURIComponent(id)}`), 2);
  return EXIT.fine;
}

const STOPPED = {
  pause: "is paused: its deliveries wait",
  disable: "is disabled: its deliveries wait until it is resumed",
} as const;

/** `waybell endpoints pause|disable|resume` */
export async function switchEndpoint(
  client: Client,
  action: "pause" | "disable" | "resume",
  endpoint: string,
  body: Item,
  options: { json: boolean },
): Promise<ExitCode> {
  const id = await endpointId(client, endpoint);
  const answer = await client.request("POST", `/v1/endpoints/${encodeURIComponent(id)}/${action}`, {
    body,
    long: true,
  });
  if (options.json) {
    printJson(answer, 2);
    return EXIT.fine;
  }
  if (action !== "resume") {
    print(`${endpoint} ${STOPPED[action]}.`);
    return EXIT.fine;
  }
  const canceled = Number(text(answer, "canceled"));
  const more = canceled > 0 ? `, and ${count(canceled)} of its deliveries are canceled` : "";
  print(`${endpoint} is active again${more}.`);
  return EXIT.fine;
}
