import type { Payload } from "../templates/template.js";
import { addWebhookHeaders, exchange, payloadHeaders, shownHeaders } from "./http.js";
import { checkHttp } from "./http-check.js";
import { httpFindings } from "./http-findings.js";
import { HttpOptions, httpTarget } from "./http-options.js";
import { holdsForSigning, httpSigning } from "./http-signing.js";
import { httpServers } from "./server.js";
import type { Receipt, SendContext, Transport } from "./transport.js";

type Options = Readonly<Record<string, unknown>>;

async function send(payload: Payload, options: Options, context: SendContext): Promise<Receipt> {
  const target = httpTarget(options);
  const headers = ["content-type", payload.contentType, ...payloadHeaders(payload, target)];
  const signing = addWebhookHeaders(headers, payload.body, target, context);
  const body = signing ? await signing : payload.body;
  const path = target.query ? `${target.path}?${target.query}` : target.path;
  return exchange({ method: "POST", path, body, headers, bytes: body.length }, target, context);
}

function describe(options: Options): string {
  const { origin, path } = httpTarget(options);
  return `POST ${origin}${path}`;
}

/** Posts the payload as the body of a request. */
export const httpPost: Transport = {
  name: "http-post",
  label: "HTTP POST",
  optionsSchema: HttpOptions,
  accepts: ["json", "xml", "csv", "form", "text"],
  defaultFormat: "json",
  kind: "http",
  describe,
  address: (options) => httpTarget(options).href,
  servers: httpServers,
  headers: (payload, options, ids) => [
    "content-type",
    payload.contentType,
    ...shownHeaders(payload, httpTarget(options), ids),
  ],
  headerNames: (options) => httpTarget(options).headerNames,
  validate: httpFindings,
  signing: httpSigning,
  holdsWhole: holdsForSigning,
  send,
  check: (options, context) => checkHttp(httpTarget(options), context),
};
