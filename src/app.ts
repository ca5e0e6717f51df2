import { readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { openAdminKey, writePrivateFile } from "./admin-key.js";
import { createMailer, mailerNotice } from "./alerts/mailer.js";
import { createAlertWatch } from "./alerts/watch.js";
import { createApi } from "./api/api.js";
import type { ApiServices } from "./api/services.js";
import { openSignInParts, sayFirstAdmin } from "./app-accounts.js";
import { createPages } from "./app-console.js";
import { createIntake } from "./app-intake.js";
import { createScraper } from "./app-metrics.js";
import { openServiceRoad, type Role } from "./app-road.js";
import { createShared } from "./app-shared.js";
import { lookAtSecrets, sayMade, sayNewest } from "./app-start.js";
import { type Catalogue, createCatalogue } from "./catalogue/index.js";
import { createFollowingClock, systemClock } from "./clock.js";
import type { Config } from "./config.js";
import type { Sessions } from "./console/session.js";
import { Leader } from "./delivery/leader.js";
import type { Registry } from "./delivery/settings.js";
import { newId } from "./ids.js";
import { createLogger, type Logger } from "./logger.js";
import { createMetrics } from "./metrics/metrics.js";
import { countedPublisher } from "./metrics/road.js";
import { createTraffic } from "./metrics/traffic.js";
import { createReadiness } from "./readiness.js";
import { hostText } from "./schemas/host-text.js";
import { createAlertStore } from "./store/alerts.js";
import { openStore, type Store } from "./store/store.js";
import { chooseFormat } from "./templates/choose-format.js";
import { templateOf, templates } from "./templates/index.js";
import { guardedTransports, transportOf, transports } from "./transports/index.js";
import type { Clock } from "./types.js";

/** What sends under way get to finish when the service stops; with the 3 s that may follow, the stop stays within 10 s. */
const GRACE_MS = 5_000;

export interface Service {
  readonly url: string;
  /** Stops within 10 s: sends under way finish, or their claims are released. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** What this process does; `all` when left out. */
  readonly role?: Role;
  /** Who is signed in to the pages, in place of the accounts, for tests. */
  readonly sessions?: Sessions | undefined;
  /** Shows what only whoever starts the service may see; left out: on standard error. */
  readonly show?: ((text: string) => void) | undefined;
  /** Lanes that it works at the same time. */
  readonly concurrency?: number | undefined;
  /** Makes of this process's metrics those of all that run on the same port. */
  readonly together?: ((own: () => Promise<string>) => () => Promise<string>) | undefined;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** Starts the service: database, road, alerts, API. Throws what keeps it from starting, with nothing left open. */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const {
    clock: ownClock = systemClock,
    log = createLogger(config.logLevel),
    role = "all",
    concurrency,
    together = (own) => own,
    show = (text: string) => void process.stderr.write(text),
  } = options;
  const following = config.database.kind === "postgresql" ? createFollowingClock(ownClock) : null;
  const clock = following ?? ownClock;
  const processId = newId("prc");
  // A setting that names a private address is refused when it is saved.
  const registry: Registry = { transportOf: guardedTransports(config.egressAllow), templateOf, chooseFormat };
  const metrics = createMetrics({ clock, version: version(), transports: Object.keys(transports) });
  const store = await openStore({ config, clock, registry, onCommit: metrics.committed, processId });
  if (following) await following.follow(store.databaseTime);
  if (store.released > 0) log.warn({ released: store.released }, "deliveries were claimed when the last process ended");
  const overrides = await store.statuses.list();
  const catalogue = createCatalogue(overrides.rows, overrides.removed);
  const { leases, canWrite } = store.road;
  const leader = new Leader(clock, leases && ((lifeMs) => leases.lead("sweep", lifeMs)));
  const traffic = createTraffic({ clock, timeZone: config.timeZone, log, store: store.traffic });
  const own = { role, concurrency, leader, processId };
  const counting = { tally: metrics.tally, traffic: traffic.traffic };
  const road = await openServiceRoad({ config, store, catalogue, registry, clock, log, ...counting, ...own });
  const queue = config.redisUrl === null ? null : () => road.queue.state();
  const { unreadable } = store.secretKeeping;
  const { newestEvent } = store;
  const readiness = createReadiness({
    canWrite,
    mailIsSetUp: config.smtpUrl !== null,
    queue,
    unreadable,
    newestEvent,
    clock,
  });
  const shared = following && createShared({ store, catalogue, clock: following, log });
  const scraper = createScraper({ metrics, store, config, readiness, load: road.load });
  const alerts = createAlerts(config, store, clock, log, leader);
  const scrape = together(() => scraper.scrape());
  const signIn = await openSignInParts({ config, store, clock, logger: log });
  const { accounts, users } = signIn;
  const services = servicesOf({
    users,
    clock,
    registry,
    store,
    catalogue,
    road,
    published: metrics.published,
    scrape,
    readiness,
    overview: store.overview(scraper.pending),
  });
  const intake = createIntake({ config, store, publisher: services.publisher, clock, log });
  const { maxRequestBytes, maxEventBytes, publicUrl } = config;
  const limits = { maxRequestBytes, maxEventBytes, publicUrl, version: version(), serviceOnly: role === "worker" };
  const serverFile = config.database.kind === "sqlite" ? join(config.dataFolder, "server.json") : null;
  let api: FastifyInstance | undefined;
  let looking: Promise<void> | undefined;

  async function close(): Promise<void> {
    if (serverFile) rmSync(serverFile, { force: true });
    // Side by side: each of them has a bound of its own, and their sum would be no bound.
    const incoming = [api?.close(), intake.stop()];
    const stopped = road.stop(GRACE_MS, Promise.allSettled(incoming));
    store.secretKeeping.stop();
    const parts = [...incoming, accounts.settled(), stopped, alerts.stop(), scraper.stop(), shared?.stop(), looking];
    const failed = (await Promise.allSettled(parts)).find((part) => part.status === "rejected");
    await traffic.stop();
    // After all that it was for: the next to look sweeps and mails at once, and not when the lease has run out.
    await leader.giveUp();
    await store.close();
    if (failed) throw failed.reason;
  }

  try {
    const admin = adminKeyOf(config);
    // Before the port is asked for: should it be taken, the next start would show neither.
    sayMade(config, admin, store, log);
    const access = { adminKey: admin.key, metricsKey: config.metricsKey, trustProxy: config.trustProxy };
    const { sessions = signIn.sessions } = options;
    const pages = role === "worker" ? {} : createPages({ config, clock, version: version(), sessions, accounts });
    api = await createApi(services, {
      ...access,
      requestsPerSecond: config.rateLimit,
      logger: log,
      ...limits,
      ...pages,
    });
    const url = await listen(api, config);
    if (serverFile) writePrivateFile(serverFile, `${JSON.stringify({ url, pid: process.pid })}\n`);
    shared?.start();
    road.start();
    traffic.start();
    if (role !== "api") alerts.start();
    if (role !== "worker") await intake.start();
    if (role !== "worker") looking = lookAtSecrets(store.secretKeeping, log);
    await sayNewest(store.newestEvent, log);
    log.info({ url, docs: `${url}/docs`, database: databaseName(config), role }, "Waybell is listening");
    if (role !== "worker" && !options.sessions) await sayFirstAdmin(store, publicUrl ?? url, show);
    const notice = await alerts.notice();
    if (notice) log.warn(notice);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ServiceParts {
  readonly users: ApiServices["users"];
  readonly clock: Clock;
  readonly registry: Registry;
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly road: Awaited<ReturnType<typeof openServiceRoad>>;
  readonly published: ReturnType<typeof createMetrics>["published"];
  readonly scrape: ApiServices["metrics"];
  readonly readiness: ApiServices["readiness"];
  readonly overview: ApiServices["overview"];
}

/** What the API works with. */
function servicesOf({
  users,
  clock,
  registry,
  store,
  catalogue,
  road,
  published,
  scrape,
  readiness,
  overview,
}: ServiceParts): ApiServices {
  return {
    clock,
    registry,
    transports: Object.values(transports),
    templates: Object.values(templates),
    publisher: countedPublisher(road.publisher, published),
    customers: store.customers,
    endpoints: store.endpoints,
    heldLanes: store.heldLanes,
    plannedDisablings: store.plannedDisablings,
    tryOut: road.tryOut,
    orders: store.orders,
    events: store.events,
    deliveries: store.deliveries,
    actions: store.actions,
    replay: road.replayer,
    secrets: store.secretKeeping,
    purges: store.purges,
    catalogue,
    statuses: store.statuses,
    keys: store.keys,
    users,
    audit: store.audit,
    wake: (laneIds) => road.queue.wake(laneIds.map((laneId) => ({ laneId, at: 0 }))),
    readiness,
    metrics: scrape,
    overview,
  };
}

async function listen(api: FastifyInstance, { host, port }: Config): Promise<string> {
  await api.listen({ host, port });
  const address = api.server.address() as AddressInfo;
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${hostText(shown)}:${address.port}`;
}

/** With a PostgreSQL the key is given, and nothing is kept on the machine. */
function adminKeyOf({ adminKey, database, dataFolder }: Config): { key: string; made: boolean } {
  if (database.kind === "postgresql" && adminKey) return { key: adminKey, made: false };
  return openAdminKey(adminKey, dataFolder);
}

/** Where the database is, without a password. */
function databaseName({ database }: Config): string {
  if (database.kind === "sqlite") return database.file;
  const { hostname, port, pathname } = new URL(database.url);
  return `postgresql://${hostname}:${port || 5432}${pathname}`;
}

function createAlerts(config: Config, store: Store, clock: Clock, logger: Logger, leader: Leader) {
  const { timeZone, alertTo, publicUrl, smtpUrl, mailFrom } = config;
  const watch = createAlertWatch({
    store: createAlertStore(store.database),
    clock,
    logger,
    timeZone,
    alertTo,
    publicUrl,
    mayLook: () => leader.isLeading,
    describe: (transport) => transportOf(transport.type)?.describe(transport) ?? transport.type,
  });
  const { mails } = store;
  const mailer = createMailer({ smtpUrl, mailFrom, store: mails, clock, logger, maySend: () => leader.isLeading });
  return {
    notice: () => mailerNotice(smtpUrl, mails),
    start() {
      watch.start();
      mailer.start();
    },
    async stop() {
      await watch.stop();
      await mailer.stop();
    },
  };
}
