import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import LibsqlFile from "libsql";
import type { Options } from "./options.js";
import { count, tell } from "./report.js";
import { startService } from "./service.js";

/** Goes up with every change of what is written here: what was kept of an earlier one is not used. */
const VERSION = 1;
const CUSTOMERS = 50;
const ENDPOINTS_EACH = 4;
const EVENTS_PER_ORDER = 4;
const DAYS = 30;
const SET = 5_000;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** Nobody listens there; nothing of this is sent, but the form of an address must be right. */
const PORT = 45_999;
const CODES = ["take", "pickup", "OK", "notOk_24", "in", "out"];
const COMMENT = "Scan by PRISCILLA RAES GSM: +32 494508051 Status: MK Mee Kaai GPS: lat 51.234535 - lon 4.410024 ";

/** What failed says, each in its own way. */
const FAILURES = [
  ["connection", "connect", "erp.example.com: connection refused"],
  ["response", "http_500", "erp.example.com answered 500 Internal Server Error"],
  ["response", "http_401", "erp.example.com answered 401 Unauthorized"],
  ["ambiguous", "timeout", "erp.example.com did not answer within 15 s"],
] as const;

/** What pages are asked about. */
export interface Samples {
  readonly customer: string;
  readonly endpoint: string;
  /** Of its customer, with many deliveries. */
  readonly order: string;
  readonly reference: string;
  readonly barcode: string;
  readonly delivered: string;
  readonly failed: string;
}

function base32(value: number, length: number): string {
  let text = "";
  for (let at = 0, rest = value; at < length; at++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Ids as the service makes them: they sort by time, and filters read it out of them. */
const idOf = (prefix: string, at: number, number: number): string =>
  `${prefix}_${base32(at, 10)}${base32(number % 32 ** 6, 6)}${base32((number * 2_654_435_761) % 2 ** 45, 10)}`;

const pad = (value: number): string => String(value).padStart(9, "0");

interface Endpoint {
  readonly id: string;
  readonly customer: string;
}

/** Of each hundred: one canceled, two given up, three that wait for endpoints that are paused, the others delivered. */
function stateOf(number: number, isPaused: boolean): "pending" | "failed" | "canceled" | "delivered" {
  if (isPaused && number % 3 === 0) return "pending";
  const place = (number * 7) % 100;
  if (place === 0) return "canceled";
  return place < 3 ? "failed" : "delivered";
}

type Row = (string | number | null)[];

interface Rows {
  readonly events: Row[];
  readonly deliveries: Row[];
  readonly attempts: Row[];
}

function eventRow(number: number, at: number, customer: string): Row {
  const order = pad(Math.floor(number / EVENTS_PER_ORDER));
  const body = {
    descriptions: { en: "Taken by courier", nl: "Mee met koerier", fr: "En route avec courier" },
    reference: `REF/${order}`,
    comment: COMMENT,
  };
  const code = CODES[number % CODES.length] ?? "take";
  const barcode = number % 3 === 0 ? `BC${pad(number)}` : "";
  return [
    ...[idOf("evt", at, number), customer, `tms-${number}`, base32(number, 20), `ASK${order}`, barcode, "", code],
    ...["PROCESSING", at, at, JSON.stringify(body)],
  ];
}

function attemptRow(delivery: string, endpoint: string, at: number, number: number, failure: Failure | null): Row {
  const [fault, code, detail] = failure ?? [null, "200", "OK"];
  const report = {
    endpointId: endpoint,
    startedAt: at,
    durationMs: 43,
    outcome: failure ? "retry" : "delivered",
    fault,
    code,
    detail,
    transport: "http-post",
    address: "http://127.0.0.1/waybell",
    response: failure ? "no" : "ok",
    timings: { dns: 1, connect: 3, send: 5, wait: 30 },
    sent: { contentType: "application/json", bytes: 400, fileName: null },
  };
  const body = JSON.stringify({ order: pad(number), comment: COMMENT.repeat(3) });
  return [delivery, 1, body, `${base32(number, 10)}${"0".repeat(54)}`, JSON.stringify(report)];
}

type Failure = (typeof FAILURES)[number];

/** Two endpoints of the event's customer get it. */
function addDeliveries(rows: Rows, event: Row, number: number, at: number, endpoints: readonly Endpoint[]): void {
  const [eventId = "", customer = "", , , order = ""] = event;
  for (const half of [0, 1]) {
    const place = (number + half) % endpoints.length;
    const endpoint = endpoints[place];
    if (!endpoint) continue;
    const each = 2 * number + half;
    const id = idOf("dlv", at, each);
    const state = stateOf(each, place === 0 && number % CUSTOMERS < 10);
    const failure = state === "failed" ? (FAILURES[each % FAILURES.length] ?? null) : null;
    const finished = state === "pending" ? null : at + 60;
    const reason = state === "failed" ? "attempts exhausted" : state === "canceled" ? "canceled by hand" : "";
    rows.deliveries.push([
      ...[id, eventId, endpoint.id, endpoint.id, customer, order, state, reason, failure?.[0] ?? null],
      ...[failure?.[2] ?? "", state === "pending" ? 0 : 1, at, at, at + 7 * 86_400_000, finished],
    ]);
    if (failure || each % 10 === 0) rows.attempts.push(attemptRow(id, endpoint.id, at, each, failure));
  }
}

const INSERTS = {
  events: `INSERT INTO events (id, customer_id, external_id, content_hash, order_number, barcode, container, status_code,
    status, status_time, received_at, body)`,
  deliveries: `INSERT INTO deliveries (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, reason, fault,
    last_error, attempts, created_at, due_at, expires_at, finished_at)`,
  attempts: "INSERT INTO attempts (delivery_id, number, body, sha256, report)",
} as const;
const WIDTHS = { events: 12, deliveries: 15, attempts: 5 } as const;

/** Writes sets of rows; nothing is synced, as a file that was not finished is made again. */
function writer(file: LibsqlFile.Database) {
  for (const pragma of ["journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "locking_mode = EXCLUSIVE"])
    file.exec(`PRAGMA ${pragma}`);
  const statements = Object.fromEntries(
    (["events", "deliveries", "attempts"] as const).map((name) => {
      const columns = Array.from({ length: WIDTHS[name] }, (_each, at) => `value ->> ${at}`).join(", ");
      return [name, file.prepare(`${INSERTS[name]} SELECT ${columns} FROM json_each(?)`)];
    }),
  );
  return (rows: Rows) => {
    file.exec("BEGIN");
    for (const [name, list] of Object.entries(rows)) statements[name]?.run(JSON.stringify(list));
    file.exec("COMMIT");
  };
}

const INDEXES = `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
  AND tbl_name IN ('events', 'deliveries', 'attempts')`;

const TRAFFIC = `INSERT INTO traffic (customer_id, period, at, events, deliveries, delivered, failed, failed_attempts)
  SELECT value ->> 0, value ->> 1, value ->> 2, 1000, 2000, 1900, 30, 60 FROM json_each(?)`;

function addTraffic(file: LibsqlFile.Database, now: number, customers: readonly string[]): void {
  const rows: Row[] = [];
  for (const customer of ["", ...customers]) {
    for (let day = 0; day < 400; day++) rows.push([customer, "day", (Math.floor(now / 86_400_000) - day) * 86_400_000]);
    for (let minute = 0; minute < 180; minute++)
      rows.push([customer, "minute", (Math.floor(now / 60_000) - minute) * 60_000]);
  }
  file.prepare(TRAFFIC).run(JSON.stringify(rows));
}

/** Some lanes are in trouble, each in its own way. */
function addTrouble(file: LibsqlFile.Database, now: number, endpoints: readonly Endpoint[]): void {
  const change = file.prepare(`UPDATE lanes SET failing_since = ?2, failure_fault = ?3, failure_code = ?4,
    failure_text = ?5, failures = ?6, given_up_at = ?2, last_failure_at = ?2 WHERE id = ?1`);
  for (let at = 0; at < 40; at++) {
    const [fault, code, text] = FAILURES[at % FAILURES.length] ?? FAILURES[0];
    change.run([endpoints[at * 5 + 1]?.id ?? "", now - at * 3_600_000, fault, code, text, at % 7]);
  }
}

function fillFile(path: string, events: number, endpoints: readonly Endpoint[]): void {
  const file = new LibsqlFile(path);
  const write = writer(file);
  // Built at the end they take a fraction of the time.
  const indexes = file.prepare(INDEXES).all([]) as { name: string; sql: string }[];
  for (const { name } of indexes) file.exec(`DROP INDEX "${name}"`);
  const now = Date.now();
  const step = (DAYS * 86_400_000) / events;
  const customers = [...new Set(endpoints.map(({ customer }) => customer))];
  const own = customers.map((customer) => endpoints.filter((endpoint) => endpoint.customer === customer));
  for (let from = 0; from < events; from += SET) {
    const rows: Rows = { events: [], deliveries: [], attempts: [] };
    for (let number = from; number < Math.min(from + SET, events); number++) {
      const at = Math.floor(now - DAYS * 86_400_000 + number * step);
      const place = Math.floor(number / EVENTS_PER_ORDER) % customers.length;
      const event = eventRow(number, at, customers[place] ?? "");
      rows.events.push(event);
      addDeliveries(rows, event, number, at, own[place] ?? []);
    }
    write(rows);
    if (from > 0 && from % 100_000 === 0) tell(`filling: ${count(from)} events`);
  }
  tell("building its indexes");
  for (const { sql } of indexes) file.exec(sql);
  addTraffic(file, now, customers);
  addTrouble(file, now, endpoints);
  file.close();
}

/** Customers, endpoints and an admin's key are made by the service itself, with its own secrets beside the file. */
async function makeEndpoints(folder: string, { cli }: Options): Promise<Endpoint[]> {
  const service = await startService({ folder, cli, profile: null });
  const endpoints: Endpoint[] = [];
  for (let at = 0; at < CUSTOMERS; at++) {
    const customer = `customer-${String(at).padStart(2, "0")}`;
    await service.call("PUT", `/v1/customers/${customer}`, { name: `Customer ${at}` });
    for (let each = 0; each < ENDPOINTS_EACH; each++) {
      const { id } = await service.call<{ id: string }>("POST", `/v1/customers/${customer}/endpoints`, {
        name: `Receiver ${each}`,
        transport: { type: "http-post", url: `http://127.0.0.1:${PORT}/waybell` },
        template: { name: "ontime", options: { format: "json" } },
      });
      endpoints.push({ id, customer });
      // Those that something waits for: while the pages are measured nothing is sent.
      if (each === 0) await service.call("POST", `/v1/endpoints/${id}/pause`, {});
    }
  }
  await service.stop();
  return endpoints;
}

const migrations = (): string =>
  readdirSync(new URL("../prisma/migrations/sqlite", import.meta.url))
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1) ?? "";

/** A folder with the filled file: made once, kept, and copied for each run. */
export async function filledFolder(folder: string, events: number, options: Options): Promise<void> {
  const cache = fileURLToPath(new URL("../.cache/bench", import.meta.url));
  const kept = join(cache, `console-${VERSION}-${migrations()}-${events}`);
  if (!existsSync(kept)) {
    tell(`filling a database with ${count(events)} events and ${count(2 * events)} deliveries`);
    const fresh = `${kept}.fresh`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    const endpoints = await makeEndpoints(fresh, options);
    fillFile(join(fresh, "waybell.db"), events, endpoints);
    rmSync(join(fresh, "service.log"), { force: true });
    renameSync(fresh, kept);
  }
  cpSync(kept, folder, { recursive: true });
}

const SAMPLES = `SELECT json_object('delivery', d.id, 'customer', e.customer_id, 'endpoint', d.endpoint_id,
    'order', e.order_number, 'reference', e.body ->> '$.reference', 'barcode', e.barcode)
  FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.state = ? AND e.barcode <> '' AND d.id > ? ORDER BY d.id LIMIT 1`;

/** What pages are asked about: from the middle of all, which nobody has just looked at. */
export function samplesOf(folder: string): Samples {
  const file = new LibsqlFile(join(folder, "waybell.db"));
  const middle = `dlv_${base32(Date.now() - (DAYS / 2) * 86_400_000, 10)}`;
  const find = (state: string) => JSON.parse(Object.values(file.prepare(SAMPLES).get([state, middle]) as object)[0]);
  const [delivered, failed] = [find("delivered"), find("failed")];
  file.close();
  const { delivery, ...rest } = delivered;
  return { ...rest, delivered: delivery, failed: failed.delivery };
}
