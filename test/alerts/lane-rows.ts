import { pino } from "pino";
import { createAlertWatch } from "../../src/alerts/watch.js";
import { createAlertStore } from "../../src/store/alerts.js";
import type { Database } from "../../src/store/database.js";
import type { Language } from "../../src/types.js";
import { manualClock } from "../support/clock.js";
import { openTestDatabase } from "../support/databases.js";

export const START = Date.UTC(2023, 6, 19, 9, 6, 49);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

type Cells = Readonly<Record<string, string | number | null>>;

interface LaneHealth {
  readonly failures?: number;
  readonly response_failures?: number;
  readonly successes?: number;
  readonly succeeding_since?: number | null;
  readonly failing_since?: number | null;
  readonly failure_fault?: string;
  readonly failure_code?: string;
  readonly failure_text?: string;
  readonly last_failure_at?: number | null;
  readonly connect_failed_at?: number | null;
  readonly last_success_at?: number | null;
  readonly held_reason?: string | null;
  readonly given_up_at?: number | null;
  readonly disabled_at?: number | null;
  readonly only_failed_since?: number | null;
  readonly disables_at?: number | null;
  readonly alert_at?: number | null;
}

export interface MailRow {
  readonly kind: string;
  readonly recipients: string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly csv: string | null;
}

async function insert(database: Database, table: string, cells: Cells): Promise<void> {
  const names = Object.keys(cells);
  const sql = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
  await database.batch([{ sql, args: Object.values(cells) }]);
}

/** A real database with one customer, one endpoint and its lane, a clock that stands still, and a watch over them. */
export async function startWatching(
  options: { language?: Language; emails?: string[]; alertTo?: string[]; publicUrl?: string | null } = {},
) {
  const { database, close } = await openTestDatabase();
  const clock = manualClock(START);
  const logged: { level: number; msg: string; [field: string]: unknown }[] = [];
  const logger = pino({ level: "debug", base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const store = createAlertStore(database);
  const newWatch = () =>
    createAlertWatch({
      store,
      clock,
      logger,
      timeZone: "Europe/Brussels",
      alertTo: options.alertTo ?? [],
      publicUrl: options.publicUrl === undefined ? "https://waybell.example/" : options.publicUrl,
      describe: (transport) => `POST ${transport.url}`,
    });
  const watch = newWatch();

  async function addEndpoint(id: string, more: Cells = {}, settings: Record<string, unknown> = {}) {
    const transport = { type: "http-post", url: `https://hooks.acme.example/${id}` };
    await insert(database, "endpoints", {
      id,
      customer_id: "acme",
      origin: "api",
      lane_id: id,
      name: "Acme ERP",
      state: "active",
      state_reason: "",
      target: id,
      settings: JSON.stringify({
        transport,
        alerts: { emails: options.emails ?? ["it@acme.example"], language: options.language ?? "en" },
        timeZone: null,
        ...settings,
      }),
      version: 1,
      created_at: START - HOUR,
      updated_at: START - HOUR,
      ...more,
    });
    await database.batch([
      {
        sql: "INSERT INTO lanes (id, customer_id, label) VALUES (?, 'acme', 'Callback URLs of Acme') ON CONFLICT DO NOTHING",
        args: [String(more.lane_id ?? id)],
      },
    ]);
  }

  await insert(database, "customers", {
    id: "acme",
    name: "Acme NV",
    emails: JSON.stringify(["office@acme.example"]),
    language: "en",
    callback_template: "{}",
    created_at: START - HOUR,
    updated_at: START - HOUR,
  });
  await addEndpoint("ep_1");

  let number = 0;
  return {
    database,
    clock,
    store,
    watch,
    newWatch,
    logged,
    addEndpoint,
    /** Sets the lane as the worker does, and asks the alerts to look now. */
    async setLane(health: LaneHealth, id = "ep_1"): Promise<void> {
      const cells = { alert_at: clock.now(), ...health };
      const set = Object.keys(cells).map((name) => `${name} = ?`);
      await database.batch([
        { sql: `UPDATE lanes SET ${set.join(", ")} WHERE id = ?`, args: [...Object.values(cells), id] },
      ]);
    },
    lane: (id = "ep_1") => database.prisma.lane.findUniqueOrThrow({ where: { id } }),
    /** A connection failed at the clock's time, `failures` times. */
    async failConnection(failures = 1): Promise<void> {
      const now = clock.now();
      await this.setLane({
        failures,
        failing_since: now,
        last_failure_at: now,
        connect_failed_at: now,
        failure_fault: "connection",
        failure_code: "connect",
        failure_text: "The server refused the connection: nothing listens on this port.",
      });
    },
    /** Adds a delivery with its event; returns its id. */
    async addDelivery(more: Cells = {}, event: Cells = {}): Promise<string> {
      number++;
      const n = String(number).padStart(6, "0");
      await insert(database, "events", {
        id: `evt_${n}`,
        customer_id: "acme",
        content_hash: n,
        order_number: `ASK${n}`,
        barcode: "",
        container: "",
        status_code: "take",
        status: "PROCESSING",
        status_time: START,
        received_at: clock.now(),
        body: JSON.stringify({
          descriptions: { nl: "Mee met koerier", fr: "En route avec courier", en: "Taken by courier" },
        }),
        ...event,
      });
      const id = `dlv_${n}`;
      await insert(database, "deliveries", {
        id,
        event_id: `evt_${n}`,
        endpoint_id: "ep_1",
        lane_id: "ep_1",
        customer_id: "acme",
        order_number: `ASK${n}`,
        state: "pending",
        attempts: 1,
        created_at: clock.now(),
        due_at: clock.now() + 5000,
        expires_at: clock.now() + 7 * 24 * HOUR,
        ...more,
      });
      return id;
    },
    /** Adds an attempt that ended with this code. */
    async addAttempt(deliveryId: string, attempt: number, code: string, late = 0): Promise<void> {
      const report = JSON.stringify({ code });
      await insert(database, "attempts", { delivery_id: deliveryId, number: attempt, report, late });
    },
    async setDelivery(id: string, cells: Cells): Promise<void> {
      const set = Object.keys(cells).map((name) => `${name} = ?`);
      await database.batch([
        { sql: `UPDATE deliveries SET ${set.join(", ")} WHERE id = ?`, args: [...Object.values(cells), id] },
      ]);
    },
    /** Adds deliveries by the thousand. */
    async addManyDeliveries(count: number): Promise<void> {
      const from = number + 1;
      number += count;
      const padded = (prefix: string) =>
        `'${prefix}' || substr('000000' || CAST(i AS text), length(CAST(i AS text)) + 1)`;
      const series = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${number})`;
      await database.batch([
        {
          sql: `INSERT INTO events (id, customer_id, content_hash, order_number, barcode, container, status_code, status,
            status_time, received_at, body) ${series} SELECT ${padded("evt_")}, 'acme', i, ${padded("ASK")}, 'BC1', '',
            'take', 'PROCESSING', ${START}, ${clock.now()}, '{"descriptions":{"en":"Taken by courier"}}' FROM n`,
          args: [],
        },
        {
          sql: `INSERT INTO deliveries (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, attempts,
            created_at, due_at, expires_at) ${series} SELECT ${padded("dlv_")}, ${padded("evt_")}, 'ep_1', 'ep_1',
            'acme', ${padded("ASK")}, 'pending', 0, ${clock.now()}, ${clock.now()}, ${clock.now() + 7 * 24 * HOUR} FROM n`,
          args: [],
        },
      ]);
    },
    /** Lets time go by second by second as the timer would, and returns the mails that were written meanwhile. */
    async pass(ms: number, step = 1000): Promise<MailRow[]> {
      const before = await database.prisma.mail.count();
      for (let passed = 0; passed < ms; passed += step) {
        clock.jump(Math.min(step, ms - passed));
        await watch.look();
      }
      return (await this.mails()).slice(before);
    },
    async mails(): Promise<MailRow[]> {
      const rows = await database.prisma.mail.findMany({ orderBy: [{ created_at: "asc" }, { id: "asc" }] });
      return rows.map(({ recipients, ...row }) => ({ ...row, recipients: JSON.parse(recipients) }));
    },
    close,
  };
}

export type Watching = Awaited<ReturnType<typeof startWatching>>;
