import type { Config } from "../config.js";
import type { Registry } from "../delivery/settings.js";
import { newId } from "../ids.js";
import type { Clock } from "../types.js";
import { createAudit } from "./audit.js";
import { followChanges } from "./changes.js";
import type { CommitReport } from "./commits.js";
import { createContents } from "./contents.js";
import { type Customers, createCustomers } from "./customers.js";
import type { Database } from "./database.js";
import { createDeliveries, type DeliveryFilter } from "./deliveries.js";
import { createDeliveryActions } from "./deliveries-actions.js";
import { createDisablingStore, plannedDisablings } from "./disabling.js";
import { createEndpoints } from "./endpoints.js";
import { createEvents } from "./events.js";
import { createInboxStore } from "./inbox.js";
import { createKeys, type Keys } from "./keys.js";
import { heldLanes } from "./lanes.js";
import { createMailStore } from "./mails.js";
import { countAllPending, measure } from "./measures.js";
import { refuseMoved } from "./moves.js";
import { openDatabase } from "./open-database.js";
import { createOrders } from "./orders.js";
import { createOverview } from "./overview.js";
import { cancelOrphans, unparkStrays } from "./pending.js";
import { portalCustomers } from "./portal-customers.js";
import { createPurges } from "./purges.js";
import { type ReplayOptions, replayable } from "./replays.js";
import { forgetOld } from "./retention.js";
import { createRoad, createRoadCommits } from "./road.js";
import { createSecretKeeping, refuseWrongKeys } from "./secret-keeping.js";
import { openSecrets } from "./secrets.js";
import { createSessionStore } from "./sessions.js";
import { createSignInLinks } from "./sign-in-links.js";
import { createStatuses } from "./statuses.js";
import { forgetTraffic } from "./traffic.js";
import { createUsers } from "./users.js";

export interface StoreOptions {
  readonly config: Pick<
    Config,
    "database" | "dataFolder" | "secretsKeys" | "secretsLost" | "timeZone" | "retentionDays" | "payloadDays"
  >;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly onCommit?: (report: CommitReport) => void;
  /** Names this process to others that share the database. */
  readonly processId?: string;
}

async function mend(database: Database, now: number): Promise<void> {
  await cancelOrphans(database, now);
  await unparkStrays(database, now);
}

/** The customers, whose keys are let in no more once they are deleted, whoever deletes them. */
function withKeys(customers: Customers, keys: Pick<Keys, "customerDeleted">): Customers {
  return {
    ...customers,
    async delete(...which: Parameters<Customers["delete"]>) {
      const deleted = await customers.delete(...which);
      if (deleted) keys.customerDeleted(which[0]);
      return deleted;
    },
  };
}

/**
 * Opens the database with everything in it; a process that is alone takes back what a crash left claimed. Throws StoreUnavailableError when
 * another process has the file, SecretError when the keys do not fit, MoveError when the data is elsewhere.
 */
export async function openStore({ config, clock, registry, onCommit, processId = newId("prc") }: StoreOptions) {
  const database = await openDatabase(config.database);
  try {
    await refuseMoved(database);
    const { secrets, made: secretsMade } = openSecrets({ keys: config.secretsKeys, dataFolder: config.dataFolder });
    await refuseWrongKeys(database, secrets, registry, config.secretsLost);
    const secretKeeping = createSecretKeeping(database, secrets, registry);
    const commits = createRoadCommits(database, onCommit ? { onCommit } : {});
    const road = createRoad(database, commits, clock, processId);
    const keys = await createKeys(database, clock);
    const customers = withKeys(createCustomers({ database, clock, registry, secrets }), keys);
    const endpoints = createEndpoints({
      database,
      secrets,
      customers,
      clock,
      registry,
      defaultTimeZone: config.timeZone,
    });
    const isAlone = database.kind === "sqlite";
    const released = isAlone ? await road.releaseAll() : 0;
    if (isAlone) await mend(database, clock.now());
    return {
      database,
      road,
      customers,
      endpoints,
      heldLanes: (ids: Iterable<string>) => heldLanes(database, ids),
      plannedDisablings: (laneIds: Iterable<string>) => plannedDisablings(database, laneIds),
      disabling: createDisablingStore(database),
      orders: createOrders({ database, endpoints, registry, clock }),
      statuses: createStatuses(database, clock),
      keys,
      users: createUsers(database, clock),
      sessions: createSessionStore(database, clock),
      signInLinks: createSignInLinks(database, clock),
      portalCustomers: (email: string) => portalCustomers(database, email),
      mails: createMailStore(database, secrets),
      audit: createAudit(database, clock),
      purges: createPurges({ database, customers, endpoints, clock }),
      events: createEvents(database),
      /** What other programs write into a PostgreSQL that they share. */
      inbox: isAlone ? null : createInboxStore(database),
      deliveries: createDeliveries(database),
      actions: createDeliveryActions({ database, endpoints, clock }),
      contents: createContents(database),
      replayable: (filter: DeliveryFilter, options: ReplayOptions) => replayable(database, endpoints, filter, options),
      /** What other processes change; null: there are none. */
      changes: isAlone ? null : await followChanges(database),
      /** Mends what a process has left that stopped in the middle of a deletion or a resume. */
      mend: () => mend(database, clock.now()),
      /** What waits, and why; see `measures.ts`. */
      measure: () => measure(database, clock.now()),
      countPending: (stopped: () => boolean) => countAllPending(database, stopped),
      /** How things stand; see `overview.ts`. */
      overview: (pending: () => Promise<number | null>) =>
        createOverview({ database, clock, timeZone: config.timeZone, pending }),
      /** What went through; see `traffic.ts`. */
      traffic: {
        add: road.count,
        forget: (now: number) => forgetTraffic(database, now),
      },
      /** Of a PostgreSQL, as it says. */
      databaseBytes: () => database.json<number>("SELECT pg_database_size(current_database())"),
      /** What the clock of a PostgreSQL shows, epoch ms. */
      databaseTime: () => database.json<number>(`SELECT ${database.nowSql ?? "NULL"}`),
      /** Deletes and forgets what is old; see `retention.ts`. */
      forgetOld: (stopped: () => boolean) => forgetOld(database, config, clock.now(), stopped),
      /** What the secrets are encrypted with; see `secret-keeping.ts`. */
      secretKeeping,
      /** When the newest event arrived, epoch ms; null: there is none. */
      newestEvent: () => database.json<number | null>("SELECT json_quote(max(received_at)) FROM events"),
      /** The keys for secrets were made at this start. */
      secretsMade,
      /** Deliveries that a process which is gone had claimed. */
      released,
      /** Resolves when all that was handed over is written, then closes the file. */
      async close(): Promise<void> {
        await commits.settle();
        await keys.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export type Store = Awaited<ReturnType<typeof openStore>>;
