import { InputError } from "../../errors.js";
import { ChangeByFilter, Counted } from "../../schemas/delivery.js";
import { fault } from "../../schemas/rules/rules.js";
import { type Operation, operation } from "../operation.js";
import type { ActionOptions, ApiServices, DeliveryFilter } from "../services.js";
import { toFilter } from "./delivery-filter.js";

type Parts = Pick<ApiServices, "actions" | "replay" | "wake">;

/** What they need of a customer's people: to give up what waits is no retry. */
export const PORTAL = { retry: ["retry"], replay: ["retry"], cancel: ["pause"] } as const;

const MANY = {
  retry: "Try all deliveries that fit again, under the same ids: those that failed, unless state says otherwise",
  cancel: "Cancel all pending deliveries that fit",
  replay: "Send the events of all deliveries that fit again, as new deliveries to the same endpoints",
} as const;

/** The store names the filter's members as if they came alone. */
async function insideFilter<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const inside = (path: string) => (path === "/cursor" ? path : `/filter${path}`);
    throw error.withFields(error.fields.map((field) => ({ ...field, path: inside(field.path) })));
  }
}

/** Changes all deliveries that fit, at once or in sets. */
export function manyOperation({ actions, replay, wake }: Parts, verb: keyof typeof MANY): Operation {
  async function change(filter: DeliveryFilter, how: ActionOptions): Promise<{ count: number; next: string | null }> {
    if (verb === "replay") return replay.deliveries(filter, how);
    const { count, laneIds, next } = await actions[verb]({ filter }, how);
    if (!how.dryRun) wake(laneIds);
    return { count, next };
  }
  return operation({
    id: `${verb}Deliveries`,
    method: "POST",
    path: `/v1/deliveries/${verb}`,
    tag: "Deliveries",
    access: { roles: ["operator"], own: "filter", portal: PORTAL[verb] },
    summary: MANY[verb],
    description:
      "With `dryRun` they are only counted. With `limit` so many are taken at once, and `next` goes on with the rest, each call written down for itself: for large selections whose progress is to be seen. What is made meanwhile is left out.",
    body: {
      schema: ChangeByFilter,
      examples: { failedSince: { filter: { customer: "acme", state: "failed", from: "2026-08-01" }, dryRun: true } },
    },
    answers: { 200: { description: "How many it was about", schema: Counted } },
    async answer({ body: { filter, dryRun = false, limit, cursor }, note }) {
      const wanted = toFilter(filter, (name) => `/filter/${name}`);
      const noted = (after: object) =>
        note({ customer: filter.customer ?? null, subject: "deliveries", before: null, after: { filter, ...after } });
      if (cursor !== undefined && limit === undefined) {
        throw InputError.invalid([fault("/cursor", "with_limit_only")]);
      }
      const { count, next } = await insideFilter(change(wanted, { dryRun, limit, cursor })).catch(
        async (error: unknown) => {
          // Large selections go through in sets: some may be changed by then, and nobody knows how many.
          if (!dryRun && !(error instanceof InputError)) await noted({ brokenOff: true });
          throw error;
        },
      );
      // A set that found nothing has changed nothing; without a limit it is said all the same.
      if (!dryRun && (limit === undefined || count > 0))
        await noted({ count, ...(next === null ? {} : { more: true }) });
      return { status: 200, body: { count, dryRun, ...(limit === undefined ? {} : { next }) } };
    },
  });
}
