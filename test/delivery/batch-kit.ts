import type { EndpointInput } from "../../src/types.js";
import { OK, type Send } from "./worked-road.js";

/** A setting that puts up to so many events into one request, in Aveonline's format. */
export const batched = (
  maxEvents: number,
  maxWait = "0s",
  more: Partial<EndpointInput> = {},
): Partial<EndpointInput> => ({
  transport: { type: "http-post", url: "https://ave.example/", headers: { "Ave-Hub-signature": "token" } },
  template: { name: "aveonline", options: {} },
  limits: { concurrency: 1, batch: { maxEvents, maxWait } },
  ...more,
});

/** The orders of the events of one send. */
export const ordersOf = ({ payload: { body } }: Send): string[] =>
  (JSON.parse(Buffer.isBuffer(body) ? body.toString() : body.summary) as { body: { id_envio: string }[] }).body.map(
    ({ id_envio: id }) => id,
  );

/** What Aveonline answers when it has taken all. */
export const CREATED = { ...OK, code: 201 };
