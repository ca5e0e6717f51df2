import { Type } from "typebox";
import { quietUntil } from "../../delivery/quiet-hours.js";
import { lanesOf } from "../../delivery/shards.js";
import { InputError } from "../../errors.js";
import { disabledBy } from "../../reasons/disabled-by.js";
import type { EndpointInput, EndpointPatch } from "../../schemas/endpoint.js";
import type { EndpointShapes } from "../../schemas/endpoint-shapes.js";
import { pageOf } from "../../schemas/paging.js";
import type { Author, Endpoint } from "../../types.js";
import { endpointAnswer, found, type Resting } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { customerParams, idParams, judgedElsewhere, pageQueryShape, pageRequest } from "./shared.js";

type Parts = Pick<
  ApiServices,
  "customers" | "endpoints" | "heldLanes" | "plannedDisablings" | "clock" | "registry" | "actions" | "wake"
>;

const ofOrder = (order: string | undefined) => (order === undefined ? {} : { order });

/** What keeps these endpoints from being sent to, or will. */
async function restingOf({ heldLanes, plannedDisablings, clock }: Parts, endpoints: readonly Endpoint[]) {
  const lanes = endpoints.map(({ laneId }) => laneId);
  const [held, planned] = await Promise.all([heldLanes(lanes), plannedDisablings(lanes)]);
  const now = clock.now();
  return (endpoint: Endpoint): Resting => ({
    held: held.get(endpoint.laneId) ?? null,
    quietUntil: quietUntil(endpoint, now),
    disablesAt: planned.get(endpoint.laneId) ?? null,
  });
}

function listOperations(parts: Parts, shapes: EndpointShapes): Operation[] {
  const { customers, endpoints, registry } = parts;
  return [
    operation({
      id: "createEndpoint",
      method: "POST",
      path: "/v1/customers/{customer}/endpoints",
      tag: "Endpoints",
      access: { roles: ["operator"], own: "path", portal: ["create"] },
      summary: "Make an endpoint for all orders of a customer",
      params: customerParams,
      body: { schema: judgedElsewhere, shown: shapes.input },
      answers: { 201: { description: "Made; every default is filled in", schema: shapes.answer } },
      refusals: [409],
      async answer({ params, body, author }) {
        const endpoint = await endpoints.create(params.customer, body as EndpointInput, { author });
        return { status: 201, body: endpointAnswer(endpoint, registry) };
      },
    }),
    operation({
      id: "listEndpoints",
      method: "GET",
      path: "/v1/customers/{customer}/endpoints",
      tag: "Endpoints",
      access: { roles: ["operator", "auditor"], own: "path" },
      summary: "List a customer's endpoints",
      params: customerParams,
      query: Type.Object({
        ...pageQueryShape.properties,
        order: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "Only those of this order" })),
      }),
      answers: { 200: { description: "A page of endpoints", schema: pageOf(shapes.answer) } },
      async answer({ params: { customer }, query }) {
        found(await customers.get(customer), "customer", customer);
        const page = await endpoints.list({ ...pageRequest(query), customer, ...ofOrder(query.order) });
        const resting = await restingOf(parts, page.items);
        const items = page.items.map((one) => endpointAnswer(one, registry, resting(one)));
        return { status: 200, body: { items, next: page.next } };
      },
    }),
  ];
}

function oneOperations(parts: Parts, shapes: EndpointShapes): Operation[] {
  const { endpoints, registry, wake } = parts;
  return [
    operation({
      id: "getEndpoint",
      method: "GET",
      path: "/v1/endpoints/{id}",
      tag: "Endpoints",
      access: { roles: ["operator", "auditor"], own: "endpoint" },
      summary: "Show an endpoint",
      params: idParams,
      answers: { 200: { description: "The endpoint", schema: shapes.answer } },
      async answer({ params }) {
        const endpoint = found(await endpoints.get(params.id), "endpoint", params.id);
        const resting = await restingOf(parts, [endpoint]);
        return { status: 200, body: endpointAnswer(endpoint, registry, resting(endpoint)) };
      },
    }),
    operation({
      id: "patchEndpoint",
      method: "PATCH",
      path: "/v1/endpoints/{id}",
      tag: "Endpoints",
      access: { roles: ["operator"], own: "endpoint", portal: ["edit"] },
      summary: "Change an endpoint",
      description:
        "Objects are merged one level deep, and null takes a member away, so that its default serves. A secret that is left out, or sent back as ********, stays as it is. A lane that was held for a faulty setting goes on.",
      params: idParams,
      query: Type.Object({
        version: Type.Optional(
          Type.Integer({ minimum: 1, description: "Change this version only: 409 where it was changed meanwhile" }),
        ),
      }),
      body: { schema: judgedElsewhere, shown: shapes.patch },
      answers: { 200: { description: "Changed", schema: shapes.answer } },
      refusals: [409],
      async answer({ params, query, body, author }) {
        const endpoint = await endpoints.patch(params.id, body as EndpointPatch, author, query.version);
        wake(lanesOf(endpoint));
        return { status: 200, body: endpointAnswer(endpoint, registry) };
      },
    }),
    operation({
      id: "deleteEndpoint",
      method: "DELETE",
      path: "/v1/endpoints/{id}",
      tag: "Endpoints",
      access: { roles: ["operator"], own: "endpoint", portal: ["edit"] },
      summary: "Delete an endpoint",
      description: "Deliveries that are pending are canceled. The history stays.",
      params: idParams,
      answers: { 204: { description: "Deleted" } },
      async answer({ params, author }) {
        if (await endpoints.delete(params.id, author)) return { status: 204 };
        throw InputError.notFound("endpoint", params.id);
      },
    }),
  ];
}

const Reason = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false });

const CHOICES = { "send-all": "sendAll", "latest-per-order": "latestPerOrder", cancel: "cancel" } as const;

const Resume = Type.Object(
  {
    deliveries: Type.Optional(
      Type.Enum(["send-all", "latest-per-order", "cancel"], {
        default: "send-all",
        description: "What becomes of the deliveries that waited",
      }),
    ),
  },
  { additionalProperties: false },
);

const Rotation = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum(["hmac", "ed25519"], {
        description: "hmac: whsec_…, signs as v1; ed25519: whsk_…, signs as v1a. Left out: as the old one, else hmac",
      }),
    ),
  },
  { additionalProperties: false },
);

interface Stop {
  readonly id: string;
  readonly state: "paused" | "disabled";
  readonly summary: string;
  readonly description: string;
  readonly done: string;
  /** What the endpoint says of it; `why`: as it was given. */
  reason(author: Author, why: string | undefined): string;
}

const STOPS: Readonly<Record<"pause" | "disable", Stop>> = {
  pause: {
    id: "pauseEndpoint",
    state: "paused",
    summary: "Pause an endpoint",
    description: "Nothing is sent until it is resumed; deliveries wait, and none is given up for its age.",
    done: "Paused",
    reason: (_author, why = "paused by hand") => why,
  },
  disable: {
    id: "disableEndpoint",
    state: "disabled",
    summary: "Disable an endpoint",
    description:
      "For one that is out of use. Nothing is sent until it is resumed; deliveries wait, those of new events too, and none is given up for its age. No mail tells of it. One that is disabled already stays as it is.",
    done: "Disabled",
    reason: disabledBy,
  },
};

function stopOperation({ endpoints, registry }: Parts, shapes: EndpointShapes, verb: keyof typeof STOPS): Operation {
  const { id, state, summary, description, done, reason } = STOPS[verb];
  return operation({
    id,
    method: "POST",
    path: `/v1/endpoints/{id}/${verb}`,
    tag: "Endpoints",
    access: { roles: ["operator"], own: "endpoint", portal: ["pause"] },
    summary,
    description,
    params: idParams,
    body: { schema: Reason, optional: true },
    answers: { 200: { description: done, schema: shapes.answer } },
    async answer({ params, body, author }) {
      const endpoint = await endpoints.setState(params.id, state, reason(author, body?.reason), { author });
      return { status: 200, body: endpointAnswer(endpoint, registry) };
    },
  });
}

function stateOperations(parts: Parts, shapes: EndpointShapes): Operation[] {
  const { endpoints, registry, actions, wake } = parts;
  const resumed = Type.Object({
    endpoint: shapes.answer,
    canceled: Type.Integer(),
    canceledIds: Type.Array(Type.String(), { description: "The first 10,000 deliveries that were canceled" }),
  });
  return [
    stopOperation(parts, shapes, "pause"),
    stopOperation(parts, shapes, "disable"),
    operation({
      id: "resumeEndpoint",
      method: "POST",
      path: "/v1/endpoints/{id}/resume",
      tag: "Endpoints",
      access: { roles: ["operator"], own: "endpoint", portal: ["pause"] },
      summary: "Resume an endpoint that is paused or disabled",
      params: idParams,
      body: { schema: Resume, optional: true },
      answers: { 200: { description: "Active again", schema: resumed } },
      async answer({ params: { id }, body, author, note }) {
        const choice = CHOICES[body?.deliveries ?? "send-all"];
        const { customer } = found(await endpoints.get(id), "endpoint", id);
        const resumed = await actions.resume(id, choice, author).catch(async (error: unknown) => {
          // Deliveries are canceled in sets before the endpoint is made active: some may be by then.
          const after = { deliveries: choice, brokenOff: true };
          if (!(error instanceof InputError)) await note({ customer, subject: id, before: null, after });
          throw error;
        });
        const { endpoint, canceled, canceledIds, laneIds } = resumed;
        wake(laneIds);
        return { status: 200, body: { endpoint: endpointAnswer(endpoint, registry), canceled, canceledIds } };
      },
    }),
    operation({
      id: "rotateEndpointSecret",
      method: "POST",
      path: "/v1/endpoints/{id}/rotate-secret",
      tag: "Endpoints",
      access: { roles: ["operator"], own: "endpoint", portal: ["edit"] },
      summary: "Give an endpoint a new signing secret",
      description:
        "The new secret is shown this once; the public key of an ed25519 secret the endpoint shows at any time. The old one signs beside it for 24 hours.",
      params: idParams,
      body: { schema: Rotation, optional: true },
      answers: {
        200: {
          description: "The new secret",
          schema: Type.Object({
            secret: Type.String(),
            publicKey: Type.Union([Type.String(), Type.Null()], {
              description: "whpk_… and what verifies an ed25519 secret's signatures; null of an hmac secret",
            }),
            endpoint: shapes.answer,
          }),
        },
      },
      refusals: [409],
      async answer({ params, body, author }) {
        const { endpoint, secret, publicKey } = await endpoints.rotateSecret(params.id, body?.kind, author);
        return { status: 200, body: { secret, publicKey, endpoint: endpointAnswer(endpoint, registry) } };
      },
    }),
  ];
}

export function endpointOperations(parts: Parts, shapes: EndpointShapes): Operation[] {
  return [...listOperations(parts, shapes), ...oneOperations(parts, shapes), ...stateOperations(parts, shapes)];
}
