import { InputError } from "../errors.js";
import type { ApiServices } from "./services.js";

/**
 * How the call of a customer's key is kept to what is its own:
 * - `path`: the path names the customer; `endpoint`, `delivery`, `event`: the path's id is one of the customer's;
 * - `query`, `filter`, `body`: there the customer is named, or put in where nothing is said;
 * - `itself`: the operation does it by `call.own`; `shared`: what it is about is nobody's.
 */
export type Own = "path" | "endpoint" | "delivery" | "event" | "query" | "filter" | "body" | "itself" | "shared";

/** What a call was given, checked by its schemas. */
export interface Given {
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
}

type Lookups = Pick<ApiServices, "endpoints" | "deliveries" | "events">;

/** Whatever is another's is not there: whether it exists is not told. */
function sameCustomer(named: unknown, own: string): void {
  if (named !== undefined && named !== own) throw InputError.notFound("customer", String(named));
}

/** The call of a key of the customer `own`, narrowed to what is its own. Throws a 404 for what is another's. */
export async function keepToOwn(how: Own, own: string, given: Given, services: Lookups): Promise<Given> {
  const { id = "", customer } = given.params;
  switch (how) {
    case "path":
      sameCustomer(customer ?? "", own);
      return given;
    case "endpoint":
      if ((await services.endpoints.get(id))?.customer !== own) throw InputError.notFound("endpoint", id);
      return given;
    case "delivery":
      if ((await services.deliveries.get(id))?.customer !== own) throw InputError.notFound("delivery", id);
      return given;
    case "event":
      if ((await services.events.get(id))?.customer !== own) throw InputError.notFound("event", id);
      return given;
    case "query":
      sameCustomer(given.query.customer, own);
      return { ...given, query: { ...given.query, customer: own } };
    case "body":
      sameCustomer((given.body as { customer?: unknown }).customer, own);
      return given;
    case "filter": {
      const body = given.body as { readonly filter: Readonly<Record<string, unknown>> };
      sameCustomer(body.filter.customer, own);
      return { ...given, body: { ...body, filter: { ...body.filter, customer: own } } };
    }
    case "itself":
    case "shared":
      return given;
  }
}
