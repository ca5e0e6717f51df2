import { hash } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

interface Delivery {
  readonly id: string;
  readonly order: string;
  readonly state: string;
  readonly reason: string;
  readonly lastError: string;
  readonly attemptList: readonly {
    readonly outcome: string;
    readonly code: string;
    readonly detail: string;
    readonly response: string;
    readonly sent: { readonly body: string };
    readonly batch?: { readonly id: string; readonly events: number };
  }[];
}

let receiver: HttpReceiver;
let service: TestService;
let files: ReturnType<typeof temporaryFolder>;

beforeEach(async () => {
  files = temporaryFolder();
  [receiver, service] = await Promise.all([startHttpReceiver(), startTestService(files.folder)]);
});
afterEach(async () => {
  await Promise.all([service.close(), receiver.stop()]);
  files.remove();
});

const deliveries = async (query = ""): Promise<Delivery[]> =>
  (await service.call<{ items: Delivery[] }>("GET", `/v1/deliveries?limit=500${query}`)).body.items;
const inState = async (state: string) => (await deliveries(`&state=${state}`)).length;
const shown = async (id: string) => (await service.call<Delivery>("GET", `/v1/deliveries/${id}`)).body;

/** Answers as Aveonline's document says: by the token, then by what the shipments hold. */
function aveonline(token: string, unknown: ReadonlySet<string> = new Set()): void {
  receiver.answer = ({ headers, body }, response) => {
    const answer = (status: number, content: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    const given = headers["ave-hub-signature"];
    if (typeof given !== "string" || /[^A-Za-z0-9._-]/.test(given)) {
      const detail = "Error while decoding from Base64Url, invalid base64 characters detected";
      return answer(400, { errors: [{ title: "Bad Request", detail, status_code: 400 }] });
    }
    if (given !== token) {
      const detail = "The signature is invalid.";
      return answer(401, { errors: [{ title: "Unauthenticated", detail, status_code: "401" }] });
    }
    const shipments = (JSON.parse(body.toString()) as { body: { id_envio: string }[] }).body;
    const refused = shipments.filter(({ id_envio: id }) => unknown.has(id));
    if (refused.length === 0) {
      const message = "Your webhook event was received successfully";
      return answer(201, { status: "success", message, status_code: 201 });
    }
    const errors = refused.map(({ id_envio: id }) => ({
      title: "Unprocessable Content",
      detail: `El envio ${id} no existe`,
      status: 422,
    }));
    return answer(422, { errors });
  };
}

const aveonlineEndpoint = (token: string, more: Record<string, unknown> = {}) =>
  service.endpoint(receiver.url, {
    transport: { type: "http-post", url: receiver.url, headers: { "Ave-Hub-signature": token } },
    template: { name: "aveonline" },
    limits: { concurrency: 1, batch: { maxEvents: 50, maxWait: "0s" } },
    ...more,
  });
const orders = (count: number) => Array.from({ length: count }, (_, at) => ({ order: `A${at + 1}` }));

describe("Aveonline", () => {
  it("takes 47 of a batch of 50, and says of each of the other 3 what is wrong with it", async () => {
    aveonline("token", new Set(["A3", "A20", "A50"]));
    await aveonlineEndpoint("token", { retry: { schedule: ["0s"], giveUpAfter: "1d" } });
    await service.publish(...orders(50));
    await until(async () => (await inState("delivered")) === 47 && (await inState("failed")) === 3);
    for (const { id, order } of await deliveries("&state=failed")) {
      const { reason, lastError, attemptList } = await shown(id);
      expect(reason).toBe("attempts exhausted");
      expect(lastError).toContain(`El envio ${order} no existe`);
      expect(attemptList.map(({ outcome }) => outcome)).toEqual([
        ...Array(attemptList.length - 1).fill("split"),
        "failed",
      ]);
      expect(attemptList[0]).toMatchObject({ code: "content_refused", batch: { events: 50 } });
      expect(attemptList[0]?.sent.body).toContain('"id_envio":"A1"');
      expect(attemptList.at(-1)?.response).toContain('"status":422');
    }
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ["has ended (401)", "another", "The signature is invalid."],
    ["is none (400)", "no token!", "Error while decoding from Base64Url"],
  ])("holds all until a token that %s is renewed", async (_what, token, says) => {
    aveonline("token");
    const id = await aveonlineEndpoint(token);
    await service.publish(...orders(3));
    const isHeld = async () => {
      const [first] = await deliveries();
      return (first && (await shown(first.id)).attemptList.length > 0) ?? false;
    };
    await until(isHeld);
    const [{ id: delivery } = { id: "" }] = await deliveries();
    expect(await inState("pending")).toBe(3);
    const { attemptList } = await shown(delivery);
    expect(attemptList).toMatchObject([{ outcome: "held", code: "token_refused" }]);
    expect(attemptList[0]?.detail).toContain(says);
    expect(attemptList[0]?.detail).toContain("Renew the token");
    expect(receiver.received).toHaveLength(1);
    const held = { reason: expect.stringContaining("Renew the token"), since: expect.stringMatching(/^20/) };
    expect((await service.call("GET", `/v1/endpoints/${id}`)).body).toMatchObject({ state: "active", held });
    await service.call("PATCH", `/v1/endpoints/${id}`, {
      transport: { type: "http-post", headers: { "Ave-Hub-signature": "token" } },
    });
    await until(async () => (await inState("delivered")) === 3);
    const list = await service.call<{ items: { held: unknown }[] }>("GET", "/v1/customers/acme/endpoints");
    expect(list.body.items.map((endpoint) => endpoint.held)).toEqual([null]);
  });

  it("is not told anything by an answer of 200", async () => {
    receiver.answer = { status: 200, body: "ok" };
    await aveonlineEndpoint("token", { retry: { schedule: ["0s"], giveUpAfter: "1d" } });
    await service.publish({ order: "A1" });
    await until(async () => (await inState("failed")) === 1);
    const [{ id } = { id: "" }] = await deliveries();
    expect((await shown(id)).attemptList).toMatchObject([{ outcome: "failed", code: "http_200" }]);
  });
});

/** The document's PHP function, with an HMAC of our own (RFC 2104) instead of the one that signs. */
function phpVerify(timeStr: number, email: string, signature: string): boolean {
  const sha256 = (...parts: Buffer[]) => hash("sha256", Buffer.concat(parts), "buffer");
  const block = Buffer.alloc(64);
  Buffer.from(email).copy(block);
  const pad = (byte: number) => Buffer.from(block.map((each) => each ^ byte));
  const inner = sha256(pad(0x36), Buffer.from(String(timeStr)));
  return sha256(pad(0x5c), inner).toString("hex") === signature;
}

const details = { trackingNumber: "AY488", reference: "12345", carrier: { code: "china-ems" } };

describe("TrackingMore", () => {
  interface Sent {
    readonly data: {
      readonly tracking_number: string;
      readonly origin_info: { readonly trackinfo: { readonly StatusDescription: string }[] };
    };
    readonly verifyInfo: { readonly timeStr: number; readonly signature: string };
  }
  const email = "shop@example.com";
  const endpoint = (options: Record<string, unknown>) =>
    service.endpoint(receiver.url, {
      template: { name: "trackingmore", options: { email, ...options } },
      retry: { schedule: ["0s"], giveUpAfter: "1d" },
    });

  it("is told the whole history of the order, newest first, signed as its PHP function verifies", async () => {
    await endpoint({ requireStatus200: true });
    await service.publish({
      order: "A1",
      statusTime: "2026-01-01T00:00:00Z",
      descriptions: { en: "Packed" },
      status: "PROCESSING",
      details,
    });
    await until(async () => (await inState("delivered")) === 1);
    await service.publish({
      order: "A1",
      statusTime: "2026-01-02T00:00:00Z",
      descriptions: { en: "Sent" },
      status: "PROCESSING",
    });
    await until(async () => (await inState("delivered")) === 2);
    const { data, verifyInfo } = JSON.parse(String(receiver.received[1]?.body)) as Sent;
    expect(data.tracking_number).toBe("AY488");
    expect(data.origin_info.trackinfo.map(({ StatusDescription: text }) => text)).toEqual(["Sent", "Packed"]);
    expect(phpVerify(verifyInfo.timeStr, email, verifyInfo.signature)).toBe(true);
    expect(phpVerify(verifyInfo.timeStr, "other@example.com", verifyInfo.signature)).toBe(false);
  });

  it.each([
    ["exactly 200 where it must", true, "failed", "http_201"],
    ["any 2xx where it need not", false, "delivered", "201"],
  ])("means delivered by %s", async (_what, requireStatus200, state, code) => {
    receiver.answer = { status: 201 };
    await endpoint({ requireStatus200 });
    await service.publish({ order: "A1" });
    await until(async () => (await inState(state)) === 1);
    const [{ id } = { id: "" }] = await deliveries();
    expect((await shown(id)).attemptList.map((attempt) => attempt.code)).toEqual([code]);
  });
});

describe("AyMakan", () => {
  const endpoint = () =>
    service.endpoint(receiver.url, { template: { name: "aymakan", options: { document: "short" } } });
  const inputs = { order: "AY488", reference: "12345", statusCode: "AY-0003" };
  const test = async (id: string, event: Record<string, unknown>) =>
    service.call<{ message: string; errors?: { path: string }[] }>("POST", `/v1/endpoints/${id}/test`, { event });

  it("is told by its tester as its document says, and hears of a URL that is not there", async () => {
    const id = await endpoint();
    expect((await test(id, inputs)).body).toMatchObject({ ok: true, message: "Data sent successfully" });
    const [request] = receiver.received;
    expect(request?.method).toBe("POST");
    expect(request?.headers["webhook-test"]).toBe("true");
    expect(JSON.parse(String(request?.body))).toEqual({
      tracking: "AY488",
      reference: "12345",
      status: "AY-0003",
      description: "Received at Warehouse",
      reason: "",
      reason_description: "",
    });
    receiver.answer = { status: 404 };
    expect((await test(id, inputs)).body.message).toBe("Error: Request failed with status code 404");
    const refused = await test(id, { ...inputs, statusCode: "AY-0006" });
    expect([refused.status, refused.body.errors?.map(({ path }) => path)]).toEqual([422, ["/event/reason/code"]]);
    expect(await deliveries()).toEqual([]);
  });

  it("may test a URL that is not saved yet", async () => {
    await service.call("PUT", "/v1/customers/acme", {});
    const setting = {
      name: "New",
      transport: { type: "http-post", url: `${receiver.url}/new` },
      template: { name: "aymakan", options: { document: "short" } },
    };
    const answer = await service.call("POST", "/v1/test", { customer: "acme", endpoint: setting, event: inputs });
    expect(answer.body).toMatchObject({ ok: true, message: "Data sent successfully" });
    expect(receiver.received[0]?.url).toBe("/new");
  });

  it("has its 404 in the history, and is tried again", async () => {
    receiver.script({ status: 404 });
    await service.endpoint(receiver.url, {
      template: { name: "aymakan" },
      retry: { schedule: ["0s", "0s"], giveUpAfter: "1d" },
    });
    await service.publish({ order: "AY488", details });
    await until(async () => (await inState("delivered")) === 1);
    const [{ id } = { id: "" }] = await deliveries();
    expect((await shown(id)).attemptList.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["retry", "http_404"],
      ["delivered", "200"],
    ]);
    const shipping = (JSON.parse(String(receiver.received[1]?.body)) as { shipping: { tracking_info: unknown[] } })
      .shipping;
    expect(shipping.tracking_info).toHaveLength(1);
  });
});

describe("Probo", () => {
  const url = (path: string) => `${receiver.url}${path}`;

  it("pushes each message of an order to each of its callback URLs, each with a history of its own", async () => {
    await service.call("PUT", "/v1/customers/acme", { callbackTemplate: { name: "probo" } });
    const put = await service.call("PUT", "/v1/customers/acme/orders/P1", {
      customerOrderId: "my_weborder_1234",
      reference: "Banner 510 for customer X",
      supplierOrderNumber: 202012345,
      callbackUrls: [url("/one"), url("/two")],
    });
    expect(put.status).toBe(200);
    receiver.answer = ({ url: path }, response) => void response.writeHead(path === "/two" ? 404 : 200).end();
    const message = (statusCode: string, text: string) =>
      service.publish({ order: "P1", statusCode, status: "PROCESSING", descriptions: { en: text } });
    await message("queued", "Order queued");
    await until(async () => (await inState("delivered")) === 1);
    await message("accepted", "Order accepted");
    await until(async () => (await inState("delivered")) === 2);
    const arrived = receiver.received
      .filter(({ url: path }) => path === "/one")
      .map(({ body }) => JSON.parse(String(body)));
    const order = { id: "my_weborder_1234", reference: "Banner 510 for customer X" };
    expect(arrived).toEqual([
      { status: "queued", message: "Order queued", order },
      { status: "accepted", message: "Order accepted", order: { ...order, supplier_order_number: 202012345 } },
    ]);
    await until(async () => (await inState("pending")) === 2);
    const histories = await Promise.all(
      (await deliveries()).map(async ({ id }) => (await shown(id)).attemptList[0]?.code),
    );
    expect(histories.sort()).toEqual(["200", "200", "http_404", "http_404"]);
  });
});

describe("Standard Webhooks", () => {
  it("reach a receiver that verifies with the package of the specification, also while the secret is changed", async () => {
    const { body: endpoint } = await (async () => {
      await service.call("PUT", "/v1/customers/acme", {});
      const signingSecret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
      const transport = { type: "http-post", url: receiver.url, signingSecret };
      return service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
        name: "Standard",
        transport,
        template: { name: "standard" },
      });
    })();
    const old = new Webhook(Buffer.alloc(32, 3).toString("base64"));
    const { body } = await service.call<{ secret: string }>("POST", `/v1/endpoints/${endpoint.id}/rotate-secret`, {});
    await service.publish({ order: "S1" });
    await until(() => receiver.received.length === 1);
    const [request] = receiver.received;
    for (const webhook of [old, new Webhook(body.secret)]) {
      const read = webhook.verify(String(request?.body), request?.headers as Record<string, string>) as {
        data: { order: string };
      };
      expect(read.data.order).toBe("S1");
    }
  });
});

describe("a customer's callback template", () => {
  it("is told to nobody with its secrets, and serves the orders' callback URLs", async () => {
    const email = "s3cret@shop.example";
    const callbackTemplate = { name: "trackingmore", options: { email } };
    const answers = [
      await service.call("PUT", "/v1/customers/acme", { callbackTemplate }),
      await service.call("GET", "/v1/customers/acme"),
      await service.call("GET", "/v1/customers"),
    ];
    expect(JSON.stringify(answers)).not.toContain("s3cret");
    expect(answers[1]?.body).toMatchObject({
      callbackTemplate: { name: "trackingmore", options: { email: "********" } },
    });
    // What an answer says may be sent back as it is.
    expect(
      (
        await service.call("PUT", "/v1/customers/acme", {
          name: "Acme",
          callbackTemplate: { name: "trackingmore", options: { email: "********" } },
        })
      ).status,
    ).toBe(200);
    await service.publish({ order: "A1", callbackUrls: [receiver.url] });
    await until(async () => (await inState("delivered")) === 1);
    const { verifyInfo } = JSON.parse(String(receiver.received[0]?.body)) as {
      verifyInfo: { timeStr: number; signature: string };
    };
    expect(phpVerify(verifyInfo.timeStr, email, verifyInfo.signature)).toBe(true);
  });
});
