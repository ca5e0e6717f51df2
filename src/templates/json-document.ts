import { RenderError } from "../errors.js";
import { formatLocal } from "../time.js";
import type { StatusEvent } from "../types.js";
import { safeFileName } from "./file-name.js";
import type { Payload, RenderContext } from "./template.js";

/** The event of a template that takes no batches and makes JSON alone; `partner` is who the error speaks of. */
export function onlyEvent(events: readonly StatusEvent[], { format }: RenderContext, partner: string): StatusEvent {
  const [event, another] = events;
  if (!event || another) throw new RenderError("event", "one_event", `${partner}'s payloads hold exactly one event.`);
  if (format !== "json") throw new RenderError("endpoint", "format", `${partner} knows json, not ${format}.`);
  return event;
}

/** A document of one event as compact JSON, with a name where it becomes a file. */
export function jsonPayload(document: object, event: StatusEvent, { target, timeZone }: RenderContext): Payload {
  const body = Buffer.from(JSON.stringify(document));
  if (target !== "file") return { contentType: "application/json", body };
  const fileName = safeFileName([event.order, event.statusCode, formatLocal(event.statusTime, timeZone)], "json");
  return { contentType: "application/json", body, fileName };
}
