import { Type } from "typebox";
import { InputError } from "../../errors.js";
import { pageOf, pageQuery } from "../../schemas/paging.js";
import { fault } from "../../schemas/rules/rules.js";
import { StatusCode, StatusRowAnswer, StatusRowInput } from "../../schemas/status.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { pageRequest } from "./shared.js";

const params = Type.Object({ code: StatusCode });

/** A cursor here is a place in the list, which is short and changes seldom. */
function placeOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const text = Buffer.from(cursor, "base64url").toString();
  if (/^s\d{1,9}$/.test(text) && cursorOf(Number(text.slice(1))) === cursor) return Number(text.slice(1));
  throw InputError.invalid([fault("?cursor", "cursor")]);
}

const cursorOf = (place: number): string => Buffer.from(`s${place}`).toString("base64url");

export function statusOperations({ catalogue, statuses }: Pick<ApiServices, "catalogue" | "statuses">): Operation[] {
  const rowsOf = (code: string) => catalogue.list().filter((row) => row.code === code);
  return [
    operation({
      id: "listStatuses",
      method: "GET",
      path: "/v1/statuses",
      tag: "Statuses",
      access: { roles: ["operator", "auditor"], own: "shared" },
      summary: "List the catalogue",
      description: "A code can stand in it several times with different texts.",
      query: Type.Object(pageQuery),
      answers: { 200: { description: "A page of rows", schema: pageOf(StatusRowAnswer) } },
      async answer({ query }) {
        const { limit, cursor } = pageRequest(query);
        const from = placeOf(cursor);
        const rows = catalogue.list();
        const next = from + limit < rows.length ? cursorOf(from + limit) : null;
        return { status: 200, body: { items: rows.slice(from, from + limit), next } };
      },
    }),
    operation({
      id: "putStatus",
      method: "PUT",
      path: "/v1/statuses/{code}",
      tag: "Statuses",
      access: { roles: ["operator"] },
      summary: "Add a code to the catalogue, or replace all its rows by one",
      params,
      body: { schema: StatusRowInput },
      answers: {
        200: { description: "Replaced", schema: StatusRowAnswer },
        201: { description: "Added", schema: StatusRowAnswer },
      },
      async answer({ params: { code }, body, author }) {
        const row = { code, ...body };
        const created = catalogue.find(code) === undefined;
        await statuses.put(row, { author, before: rowsOf(code) });
        catalogue.set(row);
        return { status: created ? 201 : 200, body: row };
      },
    }),
    operation({
      id: "deleteStatus",
      method: "DELETE",
      path: "/v1/statuses/{code}",
      tag: "Statuses",
      access: { roles: ["operator"] },
      summary: "Take a code out of the catalogue",
      params,
      answers: { 204: { description: "Gone" } },
      async answer({ params: { code }, author }) {
        if (catalogue.find(code) === undefined) throw InputError.notFound("status code", code);
        await statuses.delete(code, { author, before: rowsOf(code) });
        catalogue.remove(code);
        return { status: 204 };
      },
    }),
  ];
}
