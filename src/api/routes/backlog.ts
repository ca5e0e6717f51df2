import { Type } from "typebox";
import { Instant } from "../../schemas/paging.js";
import { found } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { idParams } from "./shared.js";

const BacklogAnswer = Type.Object(
  {
    waiting: Type.Integer({ minimum: 0, description: "Deliveries that wait, counted up to 10,000" }),
    waitingMore: Type.Boolean({ description: "They were counted up to this number only: there are more" }),
    since: Type.Union([Instant, Type.Null()], { description: "When the oldest of those that were counted was made" }),
    latestPerOrder: Type.Object(
      {
        looked: Type.Integer({ minimum: 0, description: "So many of them were looked at" }),
        canceled: Type.Integer({ minimum: 0, description: "So many of these have a later status that waits as well" }),
      },
      { description: "What a resume with latest-per-order would do" },
    ),
  },
  { title: "Backlog" },
);

/** What waits for an endpoint, for who is to choose what becomes of it. */
export function backlogOperation({ endpoints, actions }: Pick<ApiServices, "endpoints" | "actions">): Operation {
  return operation({
    id: "getEndpointBacklog",
    method: "GET",
    path: "/v1/endpoints/{id}/backlog",
    tag: "Endpoints",
    access: { roles: ["operator", "auditor"], own: "endpoint" },
    summary: "Show what waits for an endpoint",
    description: "What the choices of a resume would do: counted so far as somebody who looks can wait for.",
    params: idParams,
    answers: { 200: { description: "What waits", schema: BacklogAnswer } },
    async answer({ params }) {
      const endpoint = found(await endpoints.get(params.id), "endpoint", params.id);
      const { waiting, waitingMore, since, looked, superseded } = await actions.backlog(endpoint);
      const oldest = since === null ? null : new Date(since).toISOString();
      const body = { waiting, waitingMore, since: oldest, latestPerOrder: { looked, canceled: superseded } };
      return { status: 200, body };
    },
  });
}
