import type { TraceContext } from "../tracing.js";
import type { Content, Status, StatusEvent } from "../types.js";
import type { ContentStore } from "./contents.js";

/** A picture, signature or document as the event's row names it. */
export type ContentRef = Omit<Content, "open">;

/** What an event holds beside the columns that are searched; members that are empty are left out. */
export interface EventBody {
  readonly descriptions?: Readonly<Record<string, string>>;
  readonly reference?: string;
  readonly comment?: string;
  readonly oldLead?: string;
  readonly newLead?: string;
  readonly verifier?: string;
  readonly signatures?: readonly { readonly image: ContentRef; readonly signedBy: string }[];
  readonly pictures?: readonly ContentRef[];
  readonly documents?: readonly ContentRef[];
  readonly documentUrl?: string;
  readonly source?: string;
  readonly location?: NonNullable<StatusEvent["location"]>;
  readonly leg?: string;
  readonly reason?: NonNullable<StatusEvent["reason"]>;
  readonly replacement?: NonNullable<StatusEvent["replacement"]>;
  readonly file?: NonNullable<StatusEvent["file"]>;
  /** What published it; for its attempts alone: no part of the event itself. */
  readonly trace?: TraceContext;
}

/** The columns of an event's row in the order in which the hot road writes and reads them. */
export interface EventRow {
  readonly id: string;
  readonly customer: string;
  readonly externalId: string | null;
  readonly contentHash: string;
  readonly order: string;
  readonly barcode: string;
  readonly container: string;
  readonly statusCode: string;
  readonly status: Status;
  readonly statusTime: number;
  readonly receivedAt: number;
  readonly body: EventBody;
  /** When its payload was forgotten, epoch ms. */
  readonly payloadForgottenAt?: number | null;
}

/** Turns a row into the event that templates see; pictures are opened only when they are sent. */
export function toStatusEvent(row: EventRow, contents: ContentStore): StatusEvent {
  const { body } = row;
  const content = (ref: ContentRef): Content => contents.content(ref);
  return {
    id: row.id,
    externalId: row.externalId,
    customer: row.customer,
    order: row.order,
    barcode: row.barcode,
    container: row.container,
    statusCode: row.statusCode,
    status: row.status,
    statusTime: row.statusTime,
    receivedAt: row.receivedAt,
    ...(row.payloadForgottenAt ? { payloadForgottenAt: row.payloadForgottenAt } : {}),
    descriptions: body.descriptions ?? {},
    reference: body.reference ?? "",
    comment: body.comment ?? "",
    oldLead: body.oldLead ?? "",
    newLead: body.newLead ?? "",
    verifier: body.verifier ?? "",
    signatures: body.signatures?.map(({ image, signedBy }) => ({ image: content(image), signedBy })) ?? [],
    pictures: body.pictures?.map(content) ?? [],
    documents: body.documents?.map(content) ?? [],
    documentUrl: body.documentUrl ?? "",
    source: body.source ?? "",
    location: body.location ?? null,
    leg: body.leg ?? "",
    reason: body.reason ?? null,
    replacement: body.replacement ?? null,
    file: body.file ?? null,
  };
}
