import { firstAdmin, Browser as Reader, welcomePath } from "../console/signed-in.js";
import { freePort } from "../servers/launch.js";
import { type HttpReceiver, startHttpReceiver } from "./http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "./service.js";
import { type SmtpTestServer, startSmtp } from "./smtp.js";

/** A PNG of one pixel. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** A service with a bit of everything that the console shows, real accounts, and who is signed in. */
export interface ConsoleScene {
  readonly service: TestService;
  readonly smtp: SmtpTestServer;
  readonly receiver: HttpReceiver;
  /** Tokens of sessions. */
  readonly sessions: { readonly admin: string; readonly customer: string };
  /** Ids of what there is. */
  readonly ids: {
    /** By what they are for: one a transport, and one that is paused. */
    readonly endpoints: Readonly<Record<"get" | "post" | "ftp" | "sftp" | "paused", string>>;
    /** By their state. */
    readonly deliveries: ReadonlyMap<string, string>;
    readonly user: string;
    readonly key: string;
    /** A link that somebody was sent, and has not used. */
    readonly link: string;
  };
  close(): Promise<void>;
}

/** Takes what comes, but for addresses that say otherwise; it never answers `/hangs`. */
async function startReceiver(): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver();
  receiver.answer = ({ url }, response) => {
    if (url.startsWith("/hangs")) return;
    if (url.startsWith("/refuses"))
      return void response.writeHead(503).end("Service Unavailable: maintenance until noon");
    response.writeHead(200, { "content-type": "application/json" }).end('{"accepted":true}');
  };
  return receiver;
}

const ontime = (format: "json" | "xml") => ({ name: "ontime", options: { format } });
async function makeEndpoints(service: TestService, { url }: HttpReceiver) {
  const make = async (customer: string, name: string, transport: object, more: object = {}) => {
    const body = { name, transport, template: ontime("json"), ...more };
    const answer = await service.call<{ id: string }>("POST", `/v1/customers/${customer}/endpoints`, body);
    if (answer.status !== 201) throw new Error(`no endpoint: ${JSON.stringify(answer)}`);
    return answer.body.id;
  };
  const post = (path: string) => ({ type: "http-post", url: `${url}${path}`, apiKey: "secret-key-of-acme" });
  const files = { host: "127.0.0.1", port: await freePort(), username: "bolt", password: "Spoorweg-7" };
  const endpoints = {
    post: await make("acme", "Acme ERP", post("/erp")),
    refuses: await make("acme", "Acme web shop", post("/refuses/web"), { retry: { schedule: ["0s"] } }),
    hangs: await make("acme", "Acme data lake", post("/hangs"), { filter: { statusCodes: ["IE"] } }),
    paused: await make("acme", "Acme archive", post("/archive")),
    get: await make(
      "bolt",
      "Bolt track and trace",
      { type: "http-get", url: `${url}/track?shop=7` },
      { template: { name: "ontime" } },
    ),
    ftp: await make("bolt", "Bolt FTP", { type: "ftp", ...files }, { template: ontime("xml") }),
    sftp: await make("bolt", "Bolt SFTP", { type: "sftp", ...files, directory: "/in" }),
  };
  await service.call("POST", `/v1/endpoints/${endpoints.paused}/pause`, { reason: "Acme moves house until Monday" });
  return endpoints;
}

const MINUTE = 60_000;
const STEPS = [
  { statusCode: "take", status: "PROCESSING", reference: "anc/20221588", minutes: 190 },
  { statusCode: "IE", status: "WARNING", comment: "Recipient absent, second attempt tomorrow", minutes: 95 },
  { statusCode: "DELIVERED", status: "DELIVERED", comment: "Left with the neighbour at number 12", minutes: 12 },
] as const;

async function publish(service: TestService, orders: number): Promise<void> {
  for (let number = 0; number < orders; number++) {
    const order = `ASK1324567${10 + number}`;
    const events = STEPS.map(({ minutes, ...step }) => ({
      ...step,
      customer: number % 3 === 2 ? "bolt" : "acme",
      order,
      barcode: `33CMY${5000 + number}`,
      reference: `anc/2022${1588 + number}`,
      statusTime: new Date(Date.now() - (minutes + number) * MINUTE).toISOString(),
      descriptions: { en: "On its way", nl: "Onderweg", fr: "En route" },
      ...(step.statusCode === "DELIVERED"
        ? { signatures: [{ image: PIXEL, signedBy: "P. Raes" }], pictures: [PIXEL] }
        : {}),
    }));
    await service.publish(...events);
  }
}

interface Delivery {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
}

/** Waits until everything was tried once, cancels one, and returns one of each state. */
async function settle(service: TestService): Promise<Map<string, string>> {
  const list = async () => (await service.call<{ items: Delivery[] }>("GET", "/v1/deliveries?limit=500")).body.items;
  let items: Delivery[] = [];
  await until(
    async () => {
      items = await list();
      const states = new Set(items.map(({ state }) => state));
      return ["delivered", "failed", "pending", "sending"].every((state) => states.has(state));
    },
    30_000,
    "a delivery in each state",
  );
  const waits = items.filter(({ state }) => state === "pending").at(-1)?.id ?? "";
  await service.call("POST", `/v1/deliveries/${waits}/cancel`);
  return new Map((await list()).map(({ id, state }) => [state, id]));
}

/** Waits for the mail with which somebody signs in, among all that they are sent, and returns its link's path. */
export async function mailedLink(smtp: SmtpTestServer, to: string): Promise<string> {
  const link = () => {
    const mails = smtp.mails.filter(({ envelope }) => envelope.to.includes(to));
    return mails.map(({ parsed }) => welcomePath(parsed.text ?? "")).find((path) => path.startsWith("/"));
  };
  await until(() => link() !== undefined, 15_000, "the link");
  return link() ?? "";
}

async function signIn(service: TestService, smtp: SmtpTestServer, shown: readonly string[]) {
  const admin = await firstAdmin(service.url, shown);
  const customer = new Reader(service.url);
  await customer.post("/sign-in/link", { "link-email": "it@acme.example" });
  await customer.post(await mailedLink(smtp, "it@acme.example"));
  return { admin: admin.session ?? "", customer: customer.session ?? "" };
}

/** Starts it; `orders`: how many there are, of three statuses each; `prepare`: what its folder holds before. */
export async function startConsoleScene(
  orders = 6,
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<ConsoleScene> {
  const { folder, remove } = temporaryFolder();
  await prepare(folder);
  const [smtp, receiver] = await Promise.all([startSmtp(), startReceiver()]);
  const shown: string[] = [];
  const env = { SMTP_URL: smtp.url, PUBLIC_URL: "http://waybell.test", MAIL_FROM: "waybell@example.com" };
  const service = await startTestService(folder, { shown, env });
  const may = ["test", "retry", "pause", "edit", "create"];
  const portal = { enabled: true, may };
  const acme = { name: "Acme Logistics", emails: ["it@acme.example"], timeZone: "Europe/Brussels", portal };
  await service.call("PUT", "/v1/customers/acme", acme);
  const bolt = { name: "Bolt & Sons", emails: ["ops@bolt.example"], timeZone: "Asia/Tokyo", language: "fr" };
  await service.call("PUT", "/v1/customers/bolt", bolt);
  const endpoints = await makeEndpoints(service, receiver);
  await service.call("PUT", "/v1/customers/acme/orders/ASK132456710", {
    reference: "Banner 510",
    trackingUrl: "https://track.example/ASK132456710",
    recipient: { name: "Jan Peeters", city: "Antwerpen", country: "BE" },
    pieces: 2,
  });
  await publish(service, orders);
  const deliveries = await settle(service);
  const sessions = await signIn(service, smtp, shown);
  const invited = { email: "bob@example.com", name: "Bob", role: "operator" };
  const { body: user } = await service.call<{ id: string; link: string }>("POST", "/v1/users", invited);
  const { body: key } = await service.call<{ id: string }>("POST", "/v1/keys", { name: "TMS", role: "producer" });
  return {
    service,
    smtp,
    receiver,
    sessions,
    ids: {
      endpoints,
      deliveries,
      user: user.id,
      key: key.id,
      link: welcomePath(user.link).replace("/welcome/", ""),
    },
    async close() {
      // Before the service: it waits for the answer that never comes.
      await receiver.stop();
      await service.close();
      await smtp.close();
      remove();
    },
  };
}
