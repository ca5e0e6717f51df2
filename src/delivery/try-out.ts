import { type FieldError, InputError, RenderError, TransportError } from "../errors.js";
import { newId } from "../ids.js";
import type { Logger } from "../logger.js";
import { fault, refusal } from "../schemas/rules/rules.js";
import type { ContentStore } from "../store/contents.js";
import { testFileName } from "../templates/file-name.js";
import type { Template } from "../templates/template.js";
import type { Connections } from "../transports/connections.js";
import type { CheckStep, EgressProxy, Resolve, SendContext } from "../transports/transport.js";
import type { Attempt, Clock, Customer, Endpoint, OrderDetails, StatusEvent } from "../types.js";
import type { Deadlines, EndReason } from "./deadlines.js";
import type { PrepareContext } from "./prepare.js";
import { asPartnerMeans, type RenderSources, render, sentText, successRule, toSent, transportFor } from "./render.js";
import { isObject, type Registry } from "./settings-check.js";
import { keptEvent, type TestEvent, type TriedWith, testEvent } from "./test-event.js";
import { unmappedCodes } from "./unmapped.js";

export interface TryOutOptions {
  readonly registry: Registry;
  readonly sources: RenderSources;
  readonly contents: ContentStore;
  /** An event that is kept, whole; null: there is none. */
  readonly event: (id: string) => Promise<StatusEvent | null>;
  readonly resolve: Resolve;
  readonly proxy?: EgressProxy | undefined;
  readonly connections: Connections;
  /** Its own: a stop ends try-outs at once, without the time that sends of the road get. */
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly log: Logger;
  readonly prepare: () => PrepareContext;
}

/** What a test sent, and what came back. */
export interface TestResult {
  readonly ok: boolean;
  /** One sentence, in the words of AyMakan's webhook tester. */
  readonly message: string;
  readonly attempt: Omit<Attempt, "deliveryId" | "number" | "late">;
  /** Where in the setting the fault lies, as far as it is known. */
  readonly errors?: readonly FieldError[];
}

/** What would be sent. */
export interface Preview {
  readonly contentType: string;
  readonly fileName: string | null;
  readonly url: string | null;
  /** Of HTTP: those of the request, as its attempt would show them, signatures masked too. */
  readonly headers: Readonly<Record<string, string>>;
  /** Pictures by reference. */
  readonly body: string;
  /** The codes that the endpoint lets through and its status map does not know; it has none: none. */
  readonly unmapped: readonly string[];
}

/** Who looks on while a check goes on. */
export interface CheckWatch {
  /** Gets each step as it ends. */
  readonly onStep?: (step: CheckStep) => void;
  /** Ends the check: nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** Trying an endpoint out, saved or not: nothing is stored, and no lane, breaker or alert takes notice. */
export interface TryOut {
  check(endpoint: Endpoint, watch?: CheckWatch): Promise<readonly CheckStep[]>;
  /** Sends one status now. Without an event a sample is sent. Throws InputError for a faulty event. */
  test(endpoint: Endpoint, customer: Customer, tried?: TriedWith): Promise<TestResult>;
  /** Renders without sending. Throws InputError for a faulty event or a setting that cannot render. */
  preview(endpoint: Endpoint, customer: Customer, tried?: TriedWith): Promise<Preview>;
}

const SENT = "Data sent successfully";

function failedSentence(error: TransportError | RenderError): string {
  const status = error instanceof TransportError && error.fault === "response" ? error.status : undefined;
  return status === undefined ? `Error: ${error.message}` : `Error: Request failed with status code ${status}`;
}

/** Throws InputError for inputs that the tester of the template's partner demands. */
function demand(registry: Registry, { template: { name, options } }: Endpoint, given: unknown): void {
  const input = given === undefined ? {} : given;
  const errors = isObject(input) ? (registry.templateOf(name)?.testErrors?.(input, options) ?? []) : [];
  if (errors.length === 0) return;
  throw InputError.invalid(errors.map((error) => ({ ...error, path: `/event${error.path}` })));
}

/** The sources as they would be after publishing what a test says of its order: each member takes the place of the kept one. */
function knowing(given: OrderDetails, { history, details }: RenderSources): RenderSources {
  return { history, details: async (customer, order) => ({ ...(await details(customer, order)), ...given }) };
}

/** The event that is tried. Throws InputError. */
async function eventOf(options: TryOutOptions, customer: Customer, { event, eventId }: TriedWith): Promise<TestEvent> {
  if (eventId === undefined) return testEvent(customer, event, options.prepare(), options.contents);
  if (event === undefined) return keptEvent(customer, eventId, options.event);
  throw InputError.invalid([fault("/eventId", "one_event_only")]);
}

function contextOf(options: TryOutOptions, endpoint: Endpoint, id: string, signal: AbortSignal): SendContext {
  const { resolve, proxy, connections, clock } = options;
  return {
    signal,
    ids: { webhookId: id, timestamp: Math.floor(clock.now() / 1000) },
    // Its own key: a test must not find a connection of the road, nor leave it one.
    leaseKey: `${endpoint.id}:${endpoint.version}:${id}`,
    resolve,
    proxy,
    connections,
    clock,
    startBy: Number.POSITIVE_INFINITY,
    mayHaveArrived: false,
    success: endpoint.success,
  };
}

const isStopping = (signal: AbortSignal) => signal.reason === ("stopping" satisfies EndReason);

async function withDeadline<T>(
  { deadlines }: TryOutOptions,
  { timeoutMs }: Endpoint,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, done } = deadlines.begin(timeoutMs);
  const stopping = () => isStopping(signal);
  const refused = () => new InputError(503, "busy", refusal("stopping_check"));
  try {
    if (stopping()) throw refused();
    const result = await run(signal);
    // A check that was ended tells of steps that failed, which says nothing about the endpoint.
    if (stopping()) throw refused();
    return result;
  } catch (error) {
    throw stopping() ? refused() : error;
  } finally {
    done();
  }
}

/** What a transport says of what it sent. */
function whatWent({ headers, remotePath }: Partial<Pick<TransportError, "headers" | "remotePath">>) {
  return { ...(headers ? { headers } : {}), ...(remotePath === undefined ? {} : { remotePath }) };
}

/** The places in the setting that a template's failure names. */
function placesOf(error: TransportError | RenderError): FieldError[] {
  const field = error instanceof RenderError ? error.field : undefined;
  return field ? [{ ...field, path: `/template/options${field.path}` }] : [];
}

/** What a failed test tells, as the template's partner means it. */
function failed(error: TransportError | RenderError, template: Template | undefined) {
  const answer = error instanceof TransportError && template ? asPartnerMeans(template, error) : undefined;
  const { code, message } = answer ?? error;
  const { fault = "config", response = "", timings = {} } = answer ?? {};
  const told = { fault, code, detail: message, response, timings, ...whatWent(answer ?? {}) };
  return { message: failedSentence(answer ?? error), told };
}

async function testOf(options: TryOutOptions, endpoint: Endpoint, customer: Customer, tried: TriedWith) {
  const { registry, sources, clock } = options;
  if (tried.eventId === undefined) demand(registry, endpoint, tried.event);
  const { event, details } = await eventOf(options, customer, tried);
  const id = newId("dlv");
  const startedAt = clock.now();
  const start = clock.monotonic();
  let address = endpoint.transport.type;
  let sent: Attempt["sent"] = null;
  let template: Template | undefined;
  const attempt = <T>(outcome: "delivered" | "failed", told: T) => {
    const durationMs = Math.round(clock.monotonic() - start);
    return { startedAt, transport: endpoint.transport.type, address, sent, durationMs, outcome, ...told };
  };
  try {
    const rendered = await render(registry, knowing(details, sources), endpoint, [event], id, startedAt);
    const { payload, transport } = rendered;
    template = rendered.template;
    address = transport.describe(endpoint.transport);
    // Uploading replaces what has the name, and a test has none reserved: it must not be a delivery's.
    const fileName = payload.fileName === undefined ? undefined : testFileName(payload.fileName, id);
    sent = toSent(payload, fileName ?? null);
    const more = {
      success: successRule(template, endpoint),
      isTest: true,
      ...(fileName === undefined ? {} : { fileName }),
    };
    const receipt = await withDeadline(options, endpoint, (signal) =>
      transport.send(payload, endpoint.transport, { ...contextOf(options, endpoint, id, signal), ...more }),
    );
    const { code, detail, response, timings } = receipt;
    const told = { fault: null, code: String(code), detail, response, timings, ...whatWent(receipt) };
    return { ok: true, message: SENT, attempt: attempt("delivered", told) };
  } catch (error) {
    if (!(error instanceof TransportError) && !(error instanceof RenderError)) throw error;
    const { message, told } = failed(error, template);
    const errors = placesOf(error);
    return { ok: false, message, attempt: attempt("failed", told), ...(errors.length > 0 ? { errors } : {}) };
  }
}

/** Headers as name and value in turns, by their names. */
function byName(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? ""]] : [])));
}

async function previewOf(options: TryOutOptions, endpoint: Endpoint, customer: Customer, tried: TriedWith) {
  const { registry, sources, clock } = options;
  const { event, details } = await eventOf(options, customer, tried);
  const [known, id, now] = [knowing(details, sources), newId("dlv"), clock.now()];
  try {
    const { payload, transport } = await render(registry, known, endpoint, [event], id, now);
    const ids = { webhookId: id, timestamp: Math.floor(now / 1000) };
    const body = sentText(payload);
    const query = payload.fields ? body : "";
    return {
      contentType: payload.contentType,
      fileName: payload.fileName ?? null,
      url: transport.kind === "http" ? withQuery(transport.address(endpoint.transport), query) : null,
      headers: byName(transport.headers?.(payload, endpoint.transport, ids) ?? []),
      body: payload.fields ? "" : body,
      unmapped: unmappedCodes(endpoint, options.prepare().catalogue),
    };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const [place = fault("/template", "cannot_render", { message: error.message })] = placesOf(error);
    throw InputError.invalid([place]);
  }
}

function checkOf(options: TryOutOptions, endpoint: Endpoint, { onStep, signal: watched }: CheckWatch) {
  const transport = transportFor(options.registry, endpoint);
  return withDeadline(options, endpoint, (deadline) => {
    const signal = watched ? AbortSignal.any([deadline, watched]) : deadline;
    const context = contextOf(options, endpoint, newId("dlv"), signal);
    const show = (step: CheckStep) => {
      // A step that fails because the service stops says nothing about the endpoint.
      if (!isStopping(deadline)) onStep?.(step);
    };
    return transport.check(endpoint.transport, onStep ? { ...context, onStep: show } : context);
  });
}

/** Throws InputError for a setting that cannot be used: a mask must not be sent in the place of a secret. */
function usable(endpoint: Endpoint): Endpoint {
  if (endpoint.problem === undefined) return endpoint;
  throw InputError.conflict(refusal("unusable", { why: endpoint.problem }));
}

export function createTryOut(options: TryOutOptions): TryOut {
  return {
    check: async (endpoint, watch = {}) => checkOf(options, usable(endpoint), watch),
    test: async (endpoint, customer, tried = {}) => testOf(options, usable(endpoint), customer, tried),
    preview: async (endpoint, customer, tried = {}) => previewOf(options, usable(endpoint), customer, tried),
  };
}

function withQuery(url: string, query: string): string {
  if (query === "") return url;
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}
