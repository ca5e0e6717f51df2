import { Type } from "typebox";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";

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

/** Prometheus asks for this version by name; one without a charset is read as something else by some. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * `/healthz`: the process answers. `/readyz`: it can take events. Neither needs a key, neither shows data. `/metrics`
 * shows how much is going on, and needs one.
 */
export function serviceOperations(services: Pick<ApiServices, "readiness" | "metrics">, version: string): Operation[] {
  return [
    operation({
      id: "getHealth",
      method: "GET",
      path: "/healthz",
      tag: "Service",
      access: "anyone",
      summary: "Whether the process is alive",
      answers: { 200: { description: "It is", schema: Health } },
      answer: async () => ({ status: 200, body: { status: "ok", version } }),
    }),
    operation({
      id: "getReadiness",
      method: "GET",
      path: "/readyz",
      tag: "Service",
      access: "anyone",
      summary: "Whether it can take events: database there, migrated, writable",
      answers: {
        200: { description: "It can", schema: ReadinessAnswer },
        503: { description: "Not now", schema: ReadinessAnswer },
      },
      async answer() {
        const { ready, parts } = await services.readiness();
        return { status: ready ? 200 : 503, body: { ready, parts } };
      },
    }),
    operation({
      id: "getMetrics",
      method: "GET",
      path: "/metrics",
      tag: "Service",
      access: "metrics",
      summary: "Metrics in Prometheus's text format",
      description: "Takes `METRICS_KEY`, which opens nothing else, or the admin key.",
      answers: { 200: { description: "Every metric of `docs/metrics.md`", others: { "text/plain": Type.String() } } },
      answer: async () => ({ status: 200, contentType: METRICS_TYPE, body: await services.metrics() }),
    }),
  ];
}
