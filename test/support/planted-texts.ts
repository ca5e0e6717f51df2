import { type TestService, until } from "./service.js";

type Ask = (method: string, path: string, body?: unknown) => Promise<{ readonly body: Record<string, unknown> }>;

/**
 * Puts a text into every field that takes one, of a customer, endpoints, a status, a key, a user, an order and deliveries that
 * have failed; `plant` makes it of the field's name. Returns the id of an endpoint.
 */
export async function plantEverywhere(service: TestService, url: string, ask: Ask, plant: (what: string) => string) {
  const portal = { enabled: true, may: ["test", "retry", "pause", "edit", "create"] };
  await ask("PUT", "/v1/customers/acme", { name: plant("customer"), portal });
  const text = { nl: plant("nl"), fr: plant("fr"), en: plant("en") };
  await ask("PUT", `/v1/statuses/${encodeURIComponent(plant("code"))}`, { status: "NOTOK", descriptions: text });
  const setting = {
    name: plant("endpoint"),
    template: { name: "ontime", options: { format: "json" } },
    retry: { schedule: ["0s"] },
    filter: { sources: [plant("source")] },
    success: { bodyIncludes: plant("includes") },
  };
  const make = (transport: object, more: object = {}) =>
    ask("POST", "/v1/customers/acme/endpoints", { ...setting, transport, ...more });
  const http = { type: "http-post", url };
  const endpoint = String((await make(http)).body.id);
  // In these two a line end would be a command of FTP, and is refused.
  const [username, directory] = [plant("user"), plant("folder")].map((each) => each.replaceAll(/[\r\n]+/g, " "));
  const file = { type: "ftp", host: "127.0.0.1", port: 2121, username, directory };
  await make({ ...file, password: "none" }, { name: plant("files"), success: {} });
  const { body: paused } = await make(http, { name: plant("paused") });
  await ask("POST", `/v1/endpoints/${paused.id}/pause`, { reason: plant("reason") });
  await ask("POST", "/v1/keys", { name: plant("key"), role: "producer" });
  await ask("POST", "/v1/users", { email: "other@readers.example", name: plant("user"), role: "operator" });
  const details = { reference: plant("reference"), recipient: { name: plant("recipient"), city: plant("city") } };
  await ask("PUT", `/v1/customers/acme/orders/${encodeURIComponent(plant("order"))}`, details);
  for (const statusCode of ["take", plant("code"), plant("unknown")]) {
    await ask("POST", "/v1/events", {
      ...{ customer: "acme", order: plant("order"), barcode: plant("barcode"), container: plant("container") },
      ...{ statusCode, status: "NOTOK", statusTime: "2026-01-02T03:04:05Z", source: plant("source") },
      ...{ descriptions: text, reference: plant("reference"), comment: plant("comment") },
      ...{ verifier: plant("verifier"), oldLead: plant("old"), newLead: plant("new") },
      location: { text: plant("place"), country: "BE" },
      reason: { code: plant("reason"), text: plant("why") },
      signatures: [{ image: "data:image/png;base64,iVBORw0KGgo=", signedBy: plant("signer") }],
    });
  }
  const failed = async () =>
    (await service.call<{ items: [] }>("GET", "/v1/deliveries?state=failed")).body.items.length;
  await until(async () => (await failed()) >= 3, 20_000, "deliveries that failed");
  return endpoint;
}
