import { TransportError } from "../errors.js";
import type { Payload } from "../templates/template.js";
import { addWebhookHeaders, exchange, payloadHeaders, shownHeaders } from "./http.js";
import { checkHttp } from "./http-check.js";
import { httpFindings } from "./http-findings.js";
import { HttpOptions, httpTarget } from "./http-options.js";
import { httpSigning } from "./http-signing.js";
import { httpServers } from "./server.js";
import type { Receipt, SendContext, Transport } from "./transport.js";

type Options = Readonly<Record<string, unknown>>;

const MAX_URL_BYTES = 8 * 1024;

/** Form-encoded in their order, so that a space is `+`. */
function encode(fields: NonNullable<Payload["fields"]>): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) query.append(name, value);
  return query.toString();
}

/** Appends to a query that the URL has already, which stays as it is. */
function join(query: string, added: string): string {
  if (query === "" || added === "") return query + added;
  return query.endsWith("&") ? query + added : `${query}&${added}`;
}

async function send(payload: Payload, options: Options, context: SendContext): Promise<Receipt> {
  const target = httpTarget(options);
  if (!payload.fields) {
    const message = "The template makes a document, which a GET cannot carry: choose one that makes a query string.";
    throw new TransportError({ fault: "config", code: "not_a_query", message });
  }
  const added = encode(payload.fields);
  const query = join(target.query, added);
  const bytes = target.origin.length + target.path.length + 1 + query.length;
  if (bytes > MAX_URL_BYTES) {
    const message = `The URL would be ${bytes} bytes long; it may have ${MAX_URL_BYTES}.`;
    throw new TransportError({ fault: "config", code: "url_too_long", message, eventOnly: true });
  }
  const headers = payloadHeaders(payload, target);
  const signing = addWebhookHeaders(headers, query, target, context);
  if (signing) await signing;
  const path = query ? `${target.path}?${query}` : target.path;
  return exchange({ method: "GET", path, body: null, headers, bytes: added.length }, target, context);
}

function describe(options: Options): string {
  const { origin, path } = httpTarget(options);
  return `GET ${origin}${path}`;
}

/** Sends the payload's fields in the query string of a URL. */
export const httpGet: Transport = {
  name: "http-get",
  label: "HTTP GET",
  optionsSchema: HttpOptions,
  accepts: ["query"],
  defaultFormat: "query",
  kind: "http",
  describe,
  address: (options) => httpTarget(options).href,
  servers: httpServers,
  headers: (payload, options, ids) => shownHeaders(payload, httpTarget(options), ids),
  headerNames: (options) => httpTarget(options).headerNames,
  validate: httpFindings,
  signing: httpSigning,
  send,
  check: (options, context) => checkHttp(httpTarget(options), context),
};
