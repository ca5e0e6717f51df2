import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import type { Database } from "../../src/store/database.js";
import { openPostgres } from "../../src/store/postgres.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";
import { type Gate, startGate } from "../support/gate.js";
import { until } from "../support/service.js";

let test: TestDatabase;
/** Another program, or a process that was cut off: it holds locks and says nothing. */
let other: pg.Client;
let opened: Database[];

beforeEach(async () => {
  opened = [];
  test = await openTestDatabase();
  other = new pg.Client({ connectionString: test.url });
  other.on("error", () => {});
  await other.connect();
});
afterEach(async () => {
  await other.end();
  for (const database of opened) await database.close();
  await test.close();
});

async function open(bounds?: { lockMs: number; idleLockMs: number }): Promise<Database> {
  const database = await openPostgres(test.url, bounds ? { bounds } : {});
  opened.push(database);
  return database;
}

const MIGRATIONS = "SELECT pg_advisory_lock(hashtextextended('public', 24729846156))";
const take = (name: string) => other.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [name]);
const giveAllBack = () => other.query("SELECT pg_advisory_unlock_all()");
const seen = { sql: "INSERT INTO meta (key, value) VALUES ('seen', '1')", args: [] };
const change = { sql: "UPDATE meta SET value = '2' WHERE key = 'seen'", args: [] };
const isBusy = expect.objectContaining({ name: "StoreUnavailableError", reason: "busy" });

describe("the sessions of a process", () => {
  it("are ended by the server, with all that they hold, when it hears nothing of them", async () => {
    const { json, prisma } = await open();
    const settings = {
      idle_in_transaction_session_timeout: "20s",
      lock_timeout: "10s",
      tcp_user_timeout: "20000",
      tcp_keepalives_idle: "10",
      tcp_keepalives_interval: "5",
      tcp_keepalives_count: "3",
    };
    const text = Object.keys(settings).map((name) => `'${name}', current_setting('${name}')`);
    expect(await json(`SELECT json_build_object(${text.join()})`)).toMatchObject(settings);
    for (const [name, value] of Object.entries(settings)) {
      expect((await prisma.$queryRawUnsafe<Record<string, string>[]>(`SHOW ${name}`))[0]).toEqual({ [name]: value });
    }
  });

  it("wait for a row that another has locked until their bound, and write when it is free", async () => {
    const { batch } = await open({ lockMs: 100, idleLockMs: 60_000 });
    await batch([seen]);
    await other.query("BEGIN");
    await other.query("UPDATE meta SET value = '3' WHERE key = 'seen'");
    await expect(batch([change])).rejects.toEqual(isBusy);
    await expect(batch([{ ...seen, sql: `${seen.sql} ON CONFLICT DO NOTHING` }, change])).rejects.toEqual(isBusy);
    await other.query("ROLLBACK");
    await batch([change]);
  });
});

describe("work that one process at a time may do", () => {
  it("is refused when another does the same for too long, to all who wait for it", async () => {
    const { exclusive } = await open({ lockMs: 500, idleLockMs: 60_000 });
    await take("customer acme");
    const begun = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => exclusive("customer acme", async () => "done")),
    );
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual(Array(12).fill(isBusy));
    // One after the other they would wait for six seconds.
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(await exclusive("customer other", async () => "done")).toBe("done");
    await giveAllBack();
    expect(await exclusive("customer acme", async () => "done")).toBe("done");
  });

  it("is another's to do when who began it says nothing any more", async () => {
    const bounds = { lockMs: 20_000, idleLockMs: 200 };
    const [frozen, alive] = [await open(bounds), await open(bounds)];
    let go = (_: string) => {};
    const goesOn = new Promise<string>((resolve) => {
      go = resolve;
    });
    const begun = new Promise<void>((resolve) => {
      void frozen.exclusive("x", () => {
        resolve();
        return goesOn;
      });
    });
    await begun;
    expect(await alive.exclusive("x", async () => "done")).toBe("done");
    go("late");
  });

  it("has its result when the session with its lock has ended meanwhile", async () => {
    const { exclusive } = await open();
    const result = exclusive("x", async () => {
      const locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database IN";
      const mine = "(SELECT oid FROM pg_database WHERE datname = current_database())";
      await other.query(`SELECT pg_terminate_backend(pid) FROM (${locks} ${mine}) AS holders`);
      return "done";
    });
    expect(await result).toBe("done");
    expect(await exclusive("x", async () => "again")).toBe("again");
  });

  it("fails as it fails itself", async () => {
    const { exclusive } = await open();
    const error = new StoreUnavailableError("full", "no room", null);
    await expect(exclusive("x", () => Promise.reject(error))).rejects.toBe(error);
  });
});

describe("a read through Prisma says that the database cannot be reached", () => {
  const isAway = expect.objectContaining({
    name: "StoreUnavailableError",
    reason: "other",
    message: expect.stringMatching(/^The database cannot be reached \(.+\)\.$/),
  });
  const sleeping =
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()";
  let gate: Gate;
  let database: Database;

  beforeEach(async () => {
    const url = new URL(test.url);
    gate = await startGate(Number(url.port));
    url.port = `${gate.port}`;
    database = await openPostgres(url.href);
    opened.push(database);
  });
  afterEach(() => gate.shut());

  const sleep = async () => {
    const slept = database.prisma.$queryRawUnsafe("SELECT pg_sleep(60)::text").catch((error: unknown) => error);
    await until(async () => (await other.query(sleeping)).rowCount === 1);
    return { slept };
  };

  it("when nobody is there, and reads again once it is back", async () => {
    await gate.shut();
    await expect(database.prisma.customer.findMany()).rejects.toEqual(isAway);
    await expect(database.prisma.customer.count()).rejects.toEqual(isAway);
    await gate.open();
    expect(await database.prisma.customer.count()).toBe(0);
  });

  it("when the connection is cut under it", async () => {
    const { slept } = await sleep();
    await gate.shut();
    expect(await slept).toEqual(isAway);
  });

  it("when the server ends its session", async () => {
    const { slept } = await sleep();
    await other.query(`SELECT pg_terminate_backend(pid) FROM (${sleeping}) AS found`);
    expect(await slept).toEqual(isAway);
  });

  it("and leaves what is our own fault as it is", async () => {
    const wrong = database.prisma.$queryRawUnsafe("SELECT nothing");
    await expect(wrong).rejects.toMatchObject({ name: "PrismaClientKnownRequestError" });
  });

  it("is closed as often as one likes", async () => {
    await Promise.all([database.close(), database.close()]);
    await database.close();
  });
});

it("waits for the process that migrates, however long that takes", async () => {
  await other.query(MIGRATIONS);
  let isOpen = false;
  const opening = open({ lockMs: 50, idleLockMs: 60_000 }).then(() => {
    isOpen = true;
  });
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
  const longer = "AND clock_timestamp() - query_start > interval '200 ms'";
  await until(async () => ((await other.query(`${waiting} ${longer}`)).rowCount ?? 0) > 0);
  expect(isOpen).toBe(false);
  await giveAllBack();
  await opening;
});
