import { testSession, testSessions } from "../console/browser-like.js";
import { type HttpReceiver, startHttpReceiver } from "./http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "./service.js";

/** A PNG of one pixel. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** A service with orders of which some statuses arrived, some failed, and one waits. */
export interface DeliveryScene {
  readonly service: TestService;
  /** Takes everything. */
  readonly good: HttpReceiver;
  /** Refuses, until `mend` is called. */
  readonly bad: HttpReceiver;
  readonly endpoints: { readonly erp: string; readonly web: string };
  mend(): void;
  close(): Promise<void>;
}

const STATUSES = [
  ["take", "2026-07-19T08:02:11Z"],
  ["IE", "2026-07-19T09:40:00Z"],
  ["DELIVERED", "2026-07-19T11:06:49Z"],
] as const;

function eventOf(order: string, [code, statusTime]: (typeof STATUSES)[number], number: number) {
  return {
    order,
    statusCode: code,
    statusTime,
    status: code === "DELIVERED" ? "DELIVERED" : code === "IE" ? "WARNING" : "PROCESSING",
    descriptions: { en: `Status ${code}`, nl: `Status ${code}`, fr: `Statut ${code}` },
    reference: `anc/2022${1000 + number}`,
    barcode: `BC${5000 + number}`,
    comment: code === "DELIVERED" ? "Left with the neighbour at number 12" : "",
    ...(code === "DELIVERED" ? { signatures: [{ image: PIXEL, signedBy: "P. Raes" }], pictures: [PIXEL] } : {}),
  };
}

async function seed(service: TestService, orders: number): Promise<void> {
  await service.call("PUT", "/v1/customers/acme/orders/ASK1000", {
    reference: "Banner 510",
    trackingUrl: "https://track.example/ASK1000",
    recipient: { name: "Jan Peeters", city: "Antwerpen", country: "BE" },
    pieces: 2,
    isReturn: false,
    extra: { zone: "A4" },
  });
  for (let number = 0; number < orders; number++) {
    await service.publish(...STATUSES.map((status) => eventOf(`ASK${1000 + number}`, status, number)));
  }
}

/** Starts it, and waits until everything was tried once. */
export async function startDeliveryScene(orders = 4): Promise<DeliveryScene> {
  const { folder, remove } = temporaryFolder();
  const [good, bad] = [await startHttpReceiver(), await startHttpReceiver()];
  good.answer = { status: 200, body: '{"accepted":true}' };
  bad.answer = { status: 503, body: "Service Unavailable: maintenance until noon" };
  const sessions = testSessions({
    admin: testSession({ role: "admin", timeZone: "Europe/Brussels" }),
    portal: testSession({ role: "customer", customer: "acme", timeZone: "Europe/Brussels" }),
  });
  const service = await startTestService(folder, { sessions });
  const erp = await service.endpoint(`${good.url}/erp`, { name: "Acme ERP" });
  const web = await service.endpoint(`${bad.url}/web`, {
    name: "Acme web shop",
    transport: { type: "http-post", url: `${bad.url}/web`, apiKey: "secret-key-of-acme" },
    retry: { schedule: ["0s"] },
  });
  await service.endpoint(`${bad.url}/slow`, {
    name: "Acme archive",
    retry: { schedule: ["0s", "1h"] },
    filter: { statusCodes: ["IE"] },
  });
  await seed(service, orders);
  const settled = async () => {
    const { body } = await service.call<{ items: { state: string; attempts: number }[] }>(
      "GET",
      "/v1/deliveries?limit=500",
    );
    return body.items.length >= orders * 7 && body.items.every(({ attempts }) => attempts > 0);
  };
  await until(settled, 30_000, "the first attempt of everything");
  return {
    service,
    good,
    bad,
    endpoints: { erp, web },
    mend() {
      bad.answer = { status: 200, body: "thanks" };
    },
    async close() {
      await service.close();
      await Promise.all([good.stop(), bad.stop()]);
      remove();
    },
  };
}
