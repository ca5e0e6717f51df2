import { Type } from "typebox";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";

const OptionsSchema = Type.Unsafe<object>({
  type: "object",
  additionalProperties: true,
  description: "JSON Schema of its options; x-secret marks what is kept encrypted and never shown",
});
const Formats = (what: string) => Type.Array(Type.String(), { description: what });

const TransportKind = Type.Object(
  {
    name: Type.String({ description: "`transport.type` of an endpoint" }),
    label: Type.String(),
    accepts: Formats("What it can carry: a template needs one of them"),
    options: OptionsSchema,
  },
  { title: "TransportKind" },
);

const TemplateKind = Type.Object(
  {
    name: Type.String({ description: "`template.name` of an endpoint" }),
    label: Type.String(),
    formats: Formats("What it can make, the preferred one first"),
    maxEvents: Type.Integer({ description: "Events of one request at most" }),
    options: OptionsSchema,
  },
  { title: "TemplateKind" },
);

/** What endpoints are made of: for programs, and pages, that make a form of it. */
export function kindOperations({ transports, templates }: Pick<ApiServices, "transports" | "templates">): Operation[] {
  const access = { roles: ["operator", "auditor"], own: "shared" } as const;
  return [
    operation({
      id: "listTransports",
      method: "GET",
      path: "/v1/transports",
      tag: "Endpoints",
      access,
      summary: "List the transports with their options",
      answers: { 200: { description: "All of them", schema: Type.Object({ items: Type.Array(TransportKind) }) } },
      async answer() {
        const items = transports.map(({ name, label, accepts, optionsSchema: options }) => ({
          name,
          label,
          accepts,
          options,
        }));
        return { status: 200, body: { items } };
      },
    }),
    operation({
      id: "listTemplates",
      method: "GET",
      path: "/v1/templates",
      tag: "Endpoints",
      access,
      summary: "List the templates with their options",
      answers: { 200: { description: "All of them", schema: Type.Object({ items: Type.Array(TemplateKind) }) } },
      async answer() {
        const items = templates.map(({ name, label, formats, maxEvents, optionsSchema: options }) => ({
          name,
          label,
          formats,
          maxEvents,
          options,
        }));
        return { status: 200, body: { items } };
      },
    }),
  ];
}
