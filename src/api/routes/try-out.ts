import type { FastifyRequest } from "fastify";
import { type TSchema, Type } from "typebox";
import { InputError } from "../../errors.js";
import type { Logger } from "../../logger.js";
import { TestAnswer } from "../../schemas/delivery.js";
import type { EndpointInput } from "../../schemas/endpoint.js";
import type { EndpointShapes } from "../../schemas/endpoint-shapes.js";
import { EventInput } from "../../schemas/event.js";
import { fault } from "../../schemas/rules/rules.js";
import type { Customer, Endpoint } from "../../types.js";
import { found, tryAnswer } from "../answers.js";
import { InFlight } from "../in-flight.js";
import { checkAnswer, type LiveParts, liveCheck, whileAsked } from "../live-check.js";
import { NDJSON } from "../ndjson.js";
import { type Answer, type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import type { CheckWatch, TriedWith } from "../services-try-out.js";
import { emptyBody, idParams, judgedElsewhere } from "./shared.js";

type Services = Pick<ApiServices, "customers" | "endpoints" | "tryOut" | "clock">;

/** A receiver may let a try-out wait for minutes: one customer's must not take all that there is for them. */
const PER_CUSTOMER = 8;
const TOGETHER = 64;

interface Parts extends Services, LiveParts {
  readonly inFlight: InFlight;
}

const CheckedStep = Type.Object(
  {
    step: Type.String({
      description: "resolve, connect, tls, host-key, login, write, rename, delete, token or request",
    }),
    ok: Type.Boolean(),
    detail: Type.String(),
    code: Type.Optional(
      Type.String({
        description:
          "Stable word for what `detail` says: of a step that failed that of attempts, such as dns or tls; absent where it says nothing",
      }),
    ),
    params: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
        description: "What `detail` names, such as `address`; of a step that failed `reply`, the server's own words",
      }),
    ),
    durationMs: Type.Number(),
    fingerprint: Type.Optional(Type.String({ description: "Of the host key or certificate that was offered" })),
  },
  { title: "CheckStep" },
);
const CheckAnswer = Type.Object({ ok: Type.Boolean(), steps: Type.Array(CheckedStep) }, { title: "CheckResult" });
const CheckLine = Type.Union([CheckedStep, CheckAnswer]);

const live = Type.Optional(
  Type.Boolean({
    default: false,
    description: `Answer a check as ${NDJSON}: a line a step as it ends, and the whole answer as the last. Without that line it was broken off`,
  }),
);

const PreviewAnswer = Type.Object(
  {
    contentType: Type.String(),
    fileName: Type.Union([Type.String(), Type.Null()]),
    url: Type.Union([Type.String(), Type.Null()]),
    headers: Type.Record(Type.String(), Type.String(), {
      description: "Of HTTP: those of the request, what the endpoint sets and signatures masked",
    }),
    body: Type.String({ description: "Pictures by reference" }),
    unmapped: Type.Array(Type.String(), { description: "Status codes that the status map does not know" }),
  },
  { title: "Preview" },
);

// The event is judged by what takes it: it needs the customer's time zone and the catalogue too.
const eventId = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 100,
    description: "Instead of `event`: one of the customer's that is kept, whole, with its pictures",
  }),
);
const WithEvent = Type.Object({ event: Type.Optional(Type.Unknown()), eventId }, { additionalProperties: false });
const WithEventShown = Type.Object(
  { event: Type.Optional(EventInput), eventId },
  {
    additionalProperties: false,
    description: "What the event leaves out a sample has; its customer is the endpoint's",
  },
);

const ACTIONS = ["test", "check", "preview"] as const;
type Action = (typeof ACTIONS)[number];

/** What is tried, for whom. */
interface Tried {
  readonly endpoint: Endpoint;
  readonly customer: Customer;
  readonly tried: TriedWith;
  readonly isLive: boolean;
  readonly request: FastifyRequest;
}

/** The check counts as under way until it has ended, however early its answer begins. */
async function checked(parts: Parts, { endpoint, customer, isLive, request }: Tried): Promise<Answer> {
  const check = ({ onStep, signal: left }: CheckWatch) =>
    parts.inFlight.run(customer.id, () =>
      whileAsked(request, (gone) => {
        const signal = left ? AbortSignal.any([gone, left]) : gone;
        return parts.tryOut.check(endpoint, { signal, ...(onStep ? { onStep } : {}) });
      }),
    );
  return isLive ? liveCheck(check, parts) : { status: 200, body: checkAnswer(await check({})) };
}

function tryOut(parts: Parts, action: Action, tried: Tried): Promise<Answer> {
  if (action === "check") return checked(parts, tried);
  const { endpoint, customer, tried: what } = tried;
  return parts.inFlight.run(customer.id, async () => {
    if (action === "preview") return { status: 200, body: await parts.tryOut.preview(endpoint, customer, what) };
    const { attempt, ...result } = await parts.tryOut.test(endpoint, customer, what);
    return { status: 200, body: { ...result, attempt: tryAnswer(attempt) } };
  });
}

const SAVED: Readonly<Record<Action, { id: string; summary: string; description: string; schema: TSchema }>> = {
  check: {
    id: "checkEndpoint",
    summary: "Check an endpoint step by step",
    description: "Resolves, connects, logs in, and for files writes, renames and deletes one. No status is sent.",
    schema: CheckAnswer,
  },
  test: {
    id: "testEndpoint",
    summary: "Send one status to an endpoint now",
    description: "Nothing of it is kept, and its lane, breaker and alerts take no notice.",
    schema: TestAnswer,
  },
  preview: {
    id: "previewEndpoint",
    summary: "Show what an endpoint would send",
    description: "Renders without sending.",
    schema: PreviewAnswer,
  },
};

function savedOperation(parts: Parts, action: Action): Operation {
  const { id, summary, description, schema } = SAVED[action];
  return operation({
    id,
    method: "POST",
    path: `/v1/endpoints/{id}/${action}`,
    tag: "Endpoints",
    access: { roles: ["operator"], own: "endpoint", portal: action === "preview" ? "looks" : ["test"] },
    summary,
    description,
    params: idParams,
    ...(action === "check" ? { query: Type.Object({ live }) } : {}),
    body: action === "check" ? emptyBody : { schema: WithEvent, shown: WithEventShown, optional: true, most: "event" },
    answers: {
      200: {
        description: "What came of it, whether it worked or not",
        schema,
        ...(action === "check" ? { others: { [NDJSON]: CheckLine } } : {}),
      },
    },
    refusals: [409],
    async answer({ params, query, body, request }) {
      const endpoint = found(await parts.endpoints.get(params.id), "endpoint", params.id);
      const customer = found(await parts.customers.get(endpoint.customer), "customer", endpoint.customer);
      const { event, eventId } = (body ?? {}) as TriedWith;
      const isLive = (query as { live?: boolean }).live ?? false;
      return tryOut(parts, action, { endpoint, customer, tried: { event, eventId }, isLive, request });
    },
  });
}

const unsavedFields = {
  customer: Type.String({ minLength: 1, maxLength: 100, description: "Whose time zone and language serve" }),
  action: Type.Optional(Type.Enum([...ACTIONS], { default: "test" })),
  basedOn: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: "Id of an endpoint: `endpoint` is a patch of it, and its secrets serve",
    }),
  ),
};
const Unsaved = Type.Object(
  { ...unsavedFields, endpoint: judgedElsewhere, event: Type.Optional(Type.Unknown()), eventId },
  { additionalProperties: false },
);

/** The draft's faulty fields, with their place in the request. */
async function draft(
  { endpoints }: Parts,
  customer: string,
  input: unknown,
  basedOn: string | undefined,
): Promise<Endpoint> {
  try {
    return await endpoints.draft(customer, input as EndpointInput, basedOn);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const fields = error.fields.map((field) => ({ ...field, path: `/endpoint${field.path}` }));
    throw error.withFields(fields);
  }
}

/** Check, test and preview of endpoints that are kept, and of one that is not. */
export function tryOutOperations(services: Services, shapes: EndpointShapes, logger: Logger): Operation[] {
  const parts = { ...services, logger, inFlight: new InFlight(PER_CUSTOMER, TOGETHER) };
  const unsaved = operation({
    id: "testUnsavedEndpoint",
    method: "POST",
    path: "/v1/test",
    tag: "Endpoints",
    access: { roles: ["operator"], own: "body", portal: ["edit", "create"] },
    summary: "Test, check or preview an endpoint that is not saved",
    query: Type.Object({ live }),
    body: {
      schema: Unsaved,
      most: "event",
      shown: Type.Object(
        { ...unsavedFields, endpoint: shapes.input, event: Type.Optional(EventInput), eventId },
        { additionalProperties: false },
      ),
    },
    answers: {
      200: {
        description: "By `action`",
        schema: Type.Union([TestAnswer, CheckAnswer, PreviewAnswer]),
        others: { [NDJSON]: CheckLine },
      },
    },
    refusals: [404],
    async answer({ query, body, request }) {
      const { action = "test", event, eventId } = body;
      const isLive = query.live ?? false;
      if (isLive && action !== "check") {
        throw InputError.invalid([fault("?live", "with_check_only")]);
      }
      const customer = found(await parts.customers.get(body.customer), "customer", body.customer);
      const endpoint = await draft(parts, customer.id, body.endpoint, body.basedOn);
      return tryOut(parts, action, { endpoint, customer, tried: { event, eventId }, isLive, request });
    },
  });
  return [...ACTIONS.map((action) => savedOperation(parts, action)), unsaved];
}
