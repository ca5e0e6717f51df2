import { Type } from "typebox";
import { type FieldError, InputError } from "../../errors.js";
import { KeyAnswer, KeyInput, KeyMade } from "../../schemas/access.js";
import { pageOf } from "../../schemas/paging.js";
import { found, keyAnswer, momentOf } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { KeysService } from "../services-admin.js";
import { idParams, pageQueryShape, pageRequest } from "./shared.js";

function writeOperations(keys: KeysService): Operation[] {
  return [
    operation({
      id: "createKey",
      method: "POST",
      path: "/v1/keys",
      tag: "Keys",
      access: { roles: [] },
      summary: "Make a key",
      description:
        "The key itself is shown this once. It takes effect at once here, and within 2 s in other processes.",
      body: { schema: KeyInput },
      answers: { 201: { description: "Made", schema: KeyMade } },
      refusals: [409],
      async answer({ body, author }) {
        const errors: FieldError[] = [];
        const expiresAt = momentOf(body.expiresAt ?? undefined, "/expiresAt", errors) ?? null;
        if (errors.length > 0) throw InputError.invalid(errors);
        const { made, key } = await keys.create({ ...body, expiresAt }, author);
        return { status: 201, body: { ...keyAnswer(made), key } };
      },
    }),
    operation({
      id: "revokeKey",
      method: "DELETE",
      path: "/v1/keys/{id}",
      tag: "Keys",
      access: { roles: [] },
      summary: "Revoke a key",
      description:
        "It is refused at once here, and within 2 s by other processes. The list goes on to show it, with the time.",
      params: idParams,
      answers: { 204: { description: "Revoked, now or before" } },
      async answer({ params, author }) {
        if (await keys.revoke(params.id, author)) return { status: 204 };
        throw InputError.notFound("key", params.id);
      },
    }),
  ];
}

/** The keys of the API. That of the environment is not among them: it is changed there. */
export function keyOperations(keys: KeysService): Operation[] {
  return [
    operation({
      id: "listKeys",
      method: "GET",
      path: "/v1/keys",
      tag: "Keys",
      access: { roles: ["auditor"] },
      summary: "List the keys, the oldest first, with those that expired or were revoked",
      query: Type.Object({ ...pageQueryShape.properties }),
      answers: { 200: { description: "A page of keys", schema: pageOf(KeyAnswer) } },
      async answer({ query }) {
        const { items, next } = await keys.list(pageRequest(query));
        return { status: 200, body: { items: items.map(keyAnswer), next } };
      },
    }),
    operation({
      id: "getKey",
      method: "GET",
      path: "/v1/keys/{id}",
      tag: "Keys",
      access: { roles: ["auditor"] },
      summary: "Show a key, but not the key itself: it is kept nowhere",
      params: idParams,
      answers: { 200: { description: "The key", schema: KeyAnswer } },
      async answer({ params }) {
        return { status: 200, body: keyAnswer(found(await keys.get(params.id), "key", params.id)) };
      },
    }),
    ...writeOperations(keys),
  ];
}
