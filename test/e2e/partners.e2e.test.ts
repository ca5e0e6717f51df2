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
    const held = async () => {
      const [first] = await deliveries();
      return (first && (await shown(first.id)).attemptList.length > 0) ?? false;
    };
    await until(held);
    const [{ id: delivery } = { id: "" }] = await deliveries();
    expect(await inState("pending")).toBe(3);
    const { attemptList } = await shown(delivery);
    expect(attemptList).toMatchObject([{ outcome: "held", code: "token_refused" }]);
    expect(attemptList[0]?.detail).toContain(says);
    expect(attemptList[0]?.detail).toContain("Renew the token");
    expect(receiver.received).toHaveLength(1);
    await service.call("PATCH", `/v1/endpoints/${id}`, {
      transport: { type: "http-post", headers: { "Ave-Hub-signature": "token" } },
    });
    await until(async () => (await inState("delivered")) === 3);
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
