import { Type } from "typebox";
import { type Operation, operation } from "../operation.js";
import type { Readiness } from "../services.js";

const Health = Type.Object({ status: Type.Literal("ok"), version: Type.String() });

const ReadinessAnswer = Type.Object(
  {
    ready: Type.Boolean(),
    parts: Type.Record(Type.String(), Type.Object({ ok: Type.Boolean(), detail: Type.String() }), {
      description: "Each part, and what is missing",
    }),
  },
  { title: "Readiness" },
);

/** `/healthz`: the process answers. `/readyz`: it can take events. Neither needs a key, neither shows data. */
export function serviceOperations(readiness: () => Readiness | Promise<Readiness>, version: string): Operation[] {
  return [
    operation({
      id: "getHealth",
      method: "GET",
      path: "/healthz",
      tag: "Service",
      summary: "Whether the process is alive",
      open: true,
      answers: { 200: { description: "It is", schema: Health } },
      answer: async () => ({ status: 200, body: { status: "ok", version } }),
    }),
    operation({
      id: "getReadiness",
      method: "GET",
      path: "/readyz",
      tag: "Service",
      summary: "Whether it can take events: database there, migrated, writable",
      open: true,
      answers: {
        200: { description: "It can", schema: ReadinessAnswer },
        503: { description: "Not now", schema: ReadinessAnswer },
      },
      async answer() {
        const { ready, parts } = await readiness();
        return { status: ready ? 200 : 503, body: { ready, parts } };
      },
    }),
  ];
}
