import type { Content, OrderDetails, StatusEvent } from "../../types.js";
import { descriptionIn } from "../descriptions.js";
import type { PartnerStatus } from "../status-map.js";
import type { RenderContext } from "../template.js";
import { Picture } from "./values.js";

const pictures = (contents: readonly Content[]): Picture[] => contents.map((content) => new Picture(content));

/** An event as a template sees it: times in epoch milliseconds. */
function eventScope(event: StatusEvent, language: string) {
  return {
    id: event.id,
    externalId: event.externalId,
    customer: event.customer,
    order: event.order,
    barcode: event.barcode,
    container: event.container,
    statusCode: event.statusCode,
    status: event.status,
    statusTime: event.statusTime,
    receivedAt: event.receivedAt,
    description: descriptionIn(event.descriptions, language),
    descriptions: event.descriptions,
    reference: event.reference,
    comment: event.comment,
    oldLead: event.oldLead,
    newLead: event.newLead,
    verifier: event.verifier,
    signatures: event.signatures.map(({ image, signedBy }) => ({ image: new Picture(image), signedBy })),
    pictures: pictures(event.pictures),
    documents: pictures(event.documents),
    documentUrl: event.documentUrl,
    source: event.source,
    location: event.location,
    leg: event.leg,
    reason: event.reason,
    replacement: event.replacement,
    file: event.file,
  };
}

type Scope = ReturnType<typeof eventScope> & {
  readonly mapped: PartnerStatus | null;
  readonly details: OrderDetails;
  readonly history: readonly ReturnType<typeof eventScope>[];
  readonly webhookId: string;
  readonly now: number;
  readonly timeZone: string;
};

/** Every variable, by name. */
export const VARIABLES: ReadonlySet<string> = new Set<keyof Scope>([
  ...(["id", "externalId", "customer", "order", "barcode", "container", "statusCode", "status"] as const),
  ...(["statusTime", "receivedAt", "description", "descriptions", "reference", "comment"] as const),
  ...(["oldLead", "newLead", "verifier", "signatures", "pictures", "documents", "documentUrl"] as const),
  ...(["source", "location", "leg", "reason", "replacement", "file"] as const),
  ...(["mapped", "details", "history", "webhookId", "now", "timeZone"] as const),
]);

/** What a template may read. */
export function scopeOf(
  event: StatusEvent,
  mapped: PartnerStatus | null,
  language: string,
  { details, history, id, now, timeZone }: RenderContext,
): Scope {
  return {
    ...eventScope(event, language),
    mapped,
    details,
    history: history.map((one) => eventScope(one, language)),
    webhookId: id,
    now,
    timeZone,
  };
}
