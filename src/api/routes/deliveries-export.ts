import { Readable } from "node:stream";
import { Type } from "typebox";
import { deliveryFilter } from "../../schemas/delivery.js";
import { MAX_LIMIT } from "../../schemas/paging.js";
import { CSV_BEGIN, csvLine } from "../../tables/csv.js";
import { type Cell, xlsxFile } from "../../tables/xlsx.js";
import { deliveryAnswer } from "../answers.js";
import { type Call, type Operation, operation } from "../operation.js";
import type { ApiServices, DeliveriesService, DeliveryFilter, DeliveryView } from "../services.js";
import { toFilter } from "./delivery-filter.js";

/** Rows of one spreadsheet. */
const MOST_ROWS = 100_000;
const CUT = `Only the newest ${MOST_ROWS} stand here: narrow the list down, or export it as CSV.`;

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

type Shown = ReturnType<typeof deliveryAnswer>;
const date = (moment: unknown): Date | null => (typeof moment === "string" ? new Date(moment) : null);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The columns, each with what it says of a delivery; moments are in UTC. */
const COLUMNS: readonly (readonly [head: string, cell: (delivery: DeliveryView, shown: Shown) => Cell])[] = [
  ["delivery", ({ id }) => id],
  ["customer", ({ customer }) => customer],
  ["order", ({ order }) => order],
  ["reference", ({ event }) => event.reference],
  ["barcode", ({ event }) => event.barcode],
  ["container", ({ event }) => event.container],
  ["statusCode", ({ event }) => event.statusCode],
  ["status", ({ event }) => event.status],
  ["statusTime (UTC)", ({ event }) => new Date(event.statusTime)],
  ["endpoint", ({ endpointName, endpointId }) => endpointName || endpointId],
  ["transport", ({ transport }) => transport],
  ["state", ({ state }) => state],
  ["reason", ({ reason }) => reason],
  ["fault", ({ fault }) => fault],
  ["code", ({ code }) => code],
  ["lastError", ({ lastError }) => lastError],
  ["attempts", ({ attempts }) => attempts],
  ["createdAt (UTC)", (_delivery, shown) => date(shown.createdAt)],
  ["dueAt (UTC)", (_delivery, shown) => date(shown.dueAt)],
  ["finishedAt (UTC)", (_delivery, shown) => date(shown.finishedAt)],
  ["fileName", ({ fileName }) => fileName],
];
const HEAD = COLUMNS.map(([head]) => head);

function cellsOf(delivery: DeliveryView): Cell[] {
  const shown = deliveryAnswer(delivery);
  return COLUMNS.map(([, cell]) => cell(delivery, shown));
}

/** All that fit, newest first, in sets; the key is looked at before each, as it may be revoked meanwhile. */
export async function* rowsOf(
  deliveries: DeliveriesService,
  filter: DeliveryFilter,
  { requireKey }: Pick<Call, "requireKey">,
) {
  let cursor: string | undefined;
  do {
    requireKey();
    const { items, next } = await deliveries.list(filter, { limit: MAX_LIMIT, cursor });
    if (items.length > 0) yield items.map(cellsOf);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

/** As many as a spreadsheet holds, and a last row that says so where there are more. */
export async function* firstOf(sets: AsyncIterable<Cell[][]>): AsyncGenerator<Cell[][], void> {
  let left = MOST_ROWS;
  for await (const set of sets) {
    yield set.slice(0, left);
    left -= set.length;
    if (left >= 0) continue;
    yield [[CUT]];
    return;
  }
}

const csvText = (cell: Cell): string => (cell instanceof Date ? cell.toISOString() : String(cell ?? ""));

async function* csvOf(sets: AsyncIterable<Cell[][]>): AsyncGenerator<string, void> {
  yield CSV_BEGIN + csvLine(HEAD);
  for await (const set of sets) yield set.map((cells) => csvLine(cells.map(csvText))).join("");
}

/** What fits as a file, written as it is read. */
export function exportOperation({ deliveries, clock }: Pick<ApiServices, "deliveries" | "clock">): Operation {
  return operation({
    id: "exportDeliveries",
    method: "GET",
    path: "/v1/deliveries/export",
    tag: "Deliveries",
    access: { roles: ["operator", "auditor"], own: "query" },
    summary: "Export the deliveries that fit as a file, newest first",
    description: `CSV holds all of them, with a byte order mark and commas; texts that a spreadsheet would run as a formula begin with an apostrophe. XLSX holds the newest ${MOST_ROWS}, and says in its last row where it is cut.`,
    query: Type.Object({
      ...deliveryFilter,
      format: Type.Optional(Type.Enum(["csv", "xlsx"], { default: "csv" })),
    }),
    answers: {
      200: {
        description: "The file",
        others: { "text/csv": Type.String(), [XLSX]: Type.String({ format: "binary" }) },
      },
    },
    async answer({ query: { format = "csv", ...given }, requireKey }) {
      const sets = rowsOf(
        deliveries,
        toFilter(given, (name) => `?${name}`),
        { requireKey },
      );
      const fileName = `deliveries-${text(new Date(clock.now()).toISOString()).slice(0, 10)}.${format}`;
      if (format === "csv") {
        return { status: 200, body: Readable.from(csvOf(sets)), contentType: "text/csv; charset=utf-8", fileName };
      }
      const bytes = xlsxFile({ name: "deliveries", head: HEAD, rows: firstOf(sets) });
      return { status: 200, body: Readable.from(bytes, { objectMode: false }), contentType: XLSX, fileName };
    },
  });
}
