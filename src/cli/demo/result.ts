import type { EventInput } from "../../types.js";
import type { Client } from "../client.js";
import { text } from "../context.js";
import { count } from "../progress.js";
import type { Column } from "../table.js";
import { type Comparison, compare } from "./arrivals.js";
import { CUSTOMERS, type DemoEndpoint, UNLUCKY } from "./customers.js";
import type { Arrival, ReceivedMail } from "./receivers.js";

const SHOWN_DIFFERENCES = 5;

/** What came of one endpoint. */
export interface EndpointResult {
  readonly endpoint: DemoEndpoint;
  readonly comparison: Comparison;
  /** Deliveries that took more than one attempt. */
  readonly retried: number;
  /** Mails about this endpoint. */
  readonly alerted: number;
  readonly problems: readonly string[];
}

export const RESULT_COLUMNS: readonly Column[] = [
  { title: "customer" },
  { title: "endpoint" },
  { title: "method" },
  { title: "events", align: "right" },
  { title: "delivered", align: "right" },
  { title: "retried", align: "right" },
  { title: "alerted", align: "right" },
  { title: "" },
];

function problemsOf(endpoint: DemoEndpoint, comparison: Comparison, retried: number, alerted: number): string[] {
  const { missing, unexpected } = comparison;
  const some = (list: readonly string[]) => list.slice(0, SHOWN_DIFFERENCES).join("; ");
  const problems: string[] = [];
  if (missing.length > 0) problems.push(`${missing.length} did not arrive as they should: ${some(missing)}`);
  if (unexpected.length > 0) problems.push(`${unexpected.length} arrived that should not have: ${some(unexpected)}`);
  if (endpoint.customer === UNLUCKY) {
    if (retried === 0) problems.push("nothing was retried, though its web server was down");
    if (alerted !== 2) problems.push(`${alerted} mails came, not one about the outage and one about its end`);
  } else if (alerted > 0) problems.push(`${alerted} mails came about it, though nothing was wrong`);
  return problems;
}

/** Compares what an endpoint was to get with what it got. */
export async function resultOf(
  client: Client,
  endpoint: DemoEndpoint & { readonly id: string },
  events: readonly EventInput[],
  arrivals: readonly Arrival[],
  mails: readonly ReceivedMail[],
): Promise<EndpointResult> {
  const wanted = events.filter((event) => endpoint.wants(event));
  const comparison = compare(wanted, endpoint.method, arrivals);
  let retried = 0;
  for await (const delivery of client.items("/v1/deliveries", { endpoint: endpoint.id, limit: "500" })) {
    if (Number(text(delivery, "attempts")) > 1) retried++;
  }
  const addresses = CUSTOMERS[endpoint.customer]?.emails ?? [];
  const alerted = mails.filter(
    ({ to, subject }) => to.some((address) => addresses.includes(address)) && subject.includes(endpoint.settings.name),
  ).length;
  return { endpoint, comparison, retried, alerted, problems: problemsOf(endpoint, comparison, retried, alerted) };
}

/** The cells of `RESULT_COLUMNS`. */
export function resultRow({ endpoint, comparison, retried, alerted, problems }: EndpointResult): string[] {
  const { expected, missing } = comparison;
  const numbers = [expected, expected - missing.length, retried, alerted].map(count);
  return [endpoint.customer, endpoint.settings.name, endpoint.method, ...numbers, problems.length === 0 ? "✓" : "✗"];
}
