import { hash } from "node:crypto";
import { RenderError, TransportError } from "../errors.js";
import type { Payload, Template } from "../templates/template.js";
import type { Transport } from "../transports/transport.js";
import type { Endpoint, OrderDetails, SentPayload, StatusEvent } from "../types.js";
import type { Registry } from "./settings-check.js";

/** What templates may ask for beside the event; asked only when they need it. */
export interface RenderSources {
  /** The order's events up to and including this one, oldest first. */
  history(event: StatusEvent): Promise<readonly StatusEvent[]>;
  details(customer: string, order: string): Promise<OrderDetails>;
}

export interface Rendered {
  readonly payload: Payload;
  readonly transport: Transport;
  readonly template: Template;
}

/** The transport of an endpoint. Throws RenderError when this version does not know it. */
export function transportFor(registry: Registry, endpoint: Pick<Endpoint, "transport">): Transport {
  const transport = registry.transportOf(endpoint.transport.type);
  if (!transport) throw new RenderError("endpoint", "transport", `There is no transport "${endpoint.transport.type}".`);
  return transport;
}

/** Makes the payload of one event, or of a batch, for one endpoint. Throws RenderError. */
export async function render(
  registry: Registry,
  sources: RenderSources,
  endpoint: Pick<Endpoint, "transport" | "template" | "timeZone">,
  events: readonly StatusEvent[],
  id: string,
  now: number,
): Promise<Rendered> {
  const transport = transportFor(registry, endpoint);
  const template = registry.templateOf(endpoint.template.name);
  if (!template) throw new RenderError("endpoint", "template", `There is no template "${endpoint.template.name}".`);
  const { options } = endpoint.template;
  const chosen = registry.chooseFormat(transport, template, options);
  if (!chosen.ok) throw new RenderError("endpoint", "format", chosen.error.message);
  const needs = typeof template.needs === "function" ? template.needs(options) : template.needs;
  const [event] = events;
  if (!event) throw new Error("there is no event to render");
  const context = {
    format: chosen.format,
    target: transport.kind,
    timeZone: endpoint.timeZone,
    now,
    id,
    history: needs.history ? await sources.history(event) : [],
    details: needs.details ? await sources.details(event.customer, event.order) : {},
  };
  try {
    return { payload: template.render(events, options, context), transport, template };
  } catch (error) {
    if (error instanceof RenderError) throw error;
    throw new RenderError(
      "event",
      "render",
      `The template failed on ${events.length > 1 ? "these events" : "this event"}: ${(error as Error).message}`,
      error,
    );
  }
}

/** Which answers mean delivered: as the endpoint says, else as the template's partner answers. */
export function successRule(template: Template, endpoint: Pick<Endpoint, "success" | "template">): Endpoint["success"] {
  const { success } = endpoint;
  if (!template.successCodes || success.statusCodes.length > 0) return success;
  return { ...success, statusCodes: template.successCodes(endpoint.template.options) };
}

/** A failed send as the template's partner means it; what says no more than its status comes back as it is. */
export function asPartnerMeans(template: Template, error: TransportError): TransportError {
  const { status, response = "", headers, timings, retryAfterMs } = error;
  if (error.fault !== "response" || status === undefined) return error;
  const refusal = template.refusal?.({ status, body: response });
  if (!refusal) return error;
  const { kind, code, message } = refusal;
  const after = retryAfterMs === undefined ? {} : { retryAfterMs };
  const base = { code, message, status, response, headers, timings, cause: error, ...after };
  return kind === "setting"
    ? new TransportError({ ...base, fault: "config" })
    : new TransportError({ ...base, fault: "response", contentRefused: true });
}

/** The text of a payload as the attempt keeps it: pictures by reference, a query as it stands in the URL. */
export function sentText({ body, fields }: Payload): string {
  if (fields) return new URLSearchParams(fields as [string, string][]).toString();
  return Buffer.isBuffer(body) ? body.toString("utf8") : body.summary;
}

/** What the attempt keeps of a payload. */
export function toSent(payload: Payload, fileName: string | null): SentPayload {
  const body = sentText(payload);
  const bytes = payload.fields ? Buffer.byteLength(body) : payload.body.length;
  return { contentType: payload.contentType, body, sha256: hash("sha256", body), bytes, fileName };
}
