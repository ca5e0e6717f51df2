import { type Static, Type } from "typebox";
import type { OrderDetails, StatusEvent } from "../types.js";
import { firstDescription } from "./descriptions.js";
import { jsonPayload, onlyEvent } from "./json-document.js";
import { mapStatus, StatusMap } from "./status-map.js";
import type { Payload, RenderContext, Template } from "./template.js";

const OPTIONS = Type.Object(
  {
    statusMap: Type.Optional(StatusMap),
    language: Type.Optional(
      Type.String({
        maxLength: 35,
        pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        default: "en",
        description: "Language of the message: a tag such as en or nl-BE",
      }),
    ),
  },
  { additionalProperties: false },
);
type Options = Static<typeof OPTIONS>;

const QUEUED = "queued";
const ACCEPTED = "accepted";
const NOT_ACCEPTED = "not_accepted";
const IN_TRANSIT = "shipment_in_transit";

/** What was wrong follows a refusal's text, as the document joins it, unless the text says it already. */
function messageOf(code: string, text: string, { reason, file }: StatusEvent): string {
  const why = reason?.text ?? "";
  if (code !== NOT_ACCEPTED || why === "" || text.endsWith(why)) return text;
  return file ? `${text}, ${why}` : `${text}, reason: | ${why}`;
}

/** The member `order`. The document's samples differ in what it holds and in which order, by the kind of the message. */
function orderOf(code: string, event: StatusEvent, details: OrderDetails): Record<string, unknown> {
  const id = details.customerOrderId || event.order;
  const reference = event.reference || details.reference || "";
  const supplier_order_number = details.supplierOrderNumber;
  // Neither has a number of the supplier's: one is not accepted yet, the other never will be. It may have come in since.
  if (code === QUEUED || code === NOT_ACCEPTED) return { id, reference };
  if (code === ACCEPTED) return { id, supplier_order_number, reference };
  return { id, reference, supplier_order_number, status_page_url: details.statusPageUrl };
}

/** The packages of a shipment, a list at any rate; of other statuses that follow acceptance, where some are known. */
function packagesOf(code: string, { packages = [] }: OrderDetails): Record<string, unknown>[] | undefined {
  if (code === QUEUED || code === NOT_ACCEPTED || code === ACCEPTED) return undefined;
  if (packages.length === 0 && code !== IN_TRANSIT) return undefined;
  return packages.map(({ id, trackingUrl, barcode }) => ({ id, tracking_url: trackingUrl, barcode }));
}

function render(
  events: readonly StatusEvent[],
  options: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Payload {
  const event = onlyEvent(events, context, "Probo");
  const { details } = context;
  const { statusMap, language = "en" } = options as Options;
  const mapped = mapStatus(statusMap, event);
  const status = mapped?.code ?? event.statusCode;
  const withoutRegion = language.replace(/-.*/, "");
  const text = mapped?.text ?? firstDescription(event.descriptions, [language, withoutRegion, "en"]);
  const message = {
    status,
    message: messageOf(status, text, event),
    // What is not known is undefined, which JSON leaves out.
    file: event.file ? { id: event.file.id } : undefined,
    order: orderOf(status, event, details),
    shipped_packages: packagesOf(status, details),
  };
  return jsonPayload(message, event, context);
}

/** Probo: the messages to an order's callback URLs, as their guide shows them. */
export const probo: Template = {
  name: "probo",
  label: "Probo",
  optionsSchema: OPTIONS,
  formats: ["json"],
  maxEvents: 1,
  needs: { history: false, details: true },
  render,
};
