import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { InputError } from "../../errors.js";
import { pageOf } from "../../schemas/paging.js";
import { UserAnswer, UserInput, UserLink, UserMade, UserPatch } from "../../schemas/user.js";
import { found, linkAnswer, userAnswer } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { UsersService } from "../services-admin.js";
import { emptyBody, idParams, pageQueryShape, pageRequest } from "./shared.js";

/** Where whoever asks has reached the service: a link leads there where `PUBLIC_URL` is not set. */
const originOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;

function linkOperations(users: UsersService): Operation[] {
  return [
    operation({
      id: "createUser",
      method: "POST",
      path: "/v1/users",
      tag: "Users",
      access: { roles: [] },
      summary: "Invite a user",
      description: "Answers a link with which they choose a password, and mails it to them where mails are set up.",
      body: { schema: UserInput },
      answers: { 201: { description: "Made", schema: UserMade } },
      refusals: [409],
      async answer({ body, author, request }) {
        const { user, ...link } = await users.invite(body, originOf(request), author);
        return { status: 201, body: { ...userAnswer(user), ...linkAnswer(link) } };
      },
    }),
    operation({
      id: "linkUser",
      method: "POST",
      path: "/v1/users/{id}/link",
      tag: "Users",
      access: { roles: [] },
      summary: "Make a link with which a user chooses a password",
      description: "In place of links that were made before. Their password and sessions stay until it is used.",
      params: idParams,
      body: emptyBody,
      answers: { 200: { description: "The link, shown this once", schema: UserLink } },
      refusals: [409],
      async answer({ params: { id }, note, request }) {
        const link = await users.link(id, originOf(request));
        await note({ customer: null, subject: id, before: null, after: { link: true, mailed: link.mailed } });
        return { status: 200, body: linkAnswer(link) };
      },
    }),
  ];
}

function writeOperations(users: UsersService): Operation[] {
  return [
    operation({
      id: "patchUser",
      method: "PATCH",
      path: "/v1/users/{id}",
      tag: "Users",
      access: { roles: [] },
      summary: "Change a user",
      description: "It counts at once, for sessions too. The last admin who can sign in stays one.",
      params: idParams,
      body: { schema: UserPatch },
      answers: { 200: { description: "Changed", schema: UserAnswer } },
      refusals: [409],
      async answer({ params, body, author }) {
        return { status: 200, body: userAnswer(await users.patch(params.id, body, author)) };
      },
    }),
    operation({
      id: "deleteUser",
      method: "DELETE",
      path: "/v1/users/{id}",
      tag: "Users",
      access: { roles: [] },
      summary: "Delete a user, and sign them out",
      params: idParams,
      answers: { 204: { description: "Deleted" } },
      refusals: [409],
      async answer({ params, author }) {
        if (await users.delete(params.id, author)) return { status: 204 };
        throw InputError.notFound("user", params.id);
      },
    }),
  ];
}

/** Who signs in to the pages. */
export function userOperations(users: UsersService): Operation[] {
  return [
    operation({
      id: "listUsers",
      method: "GET",
      path: "/v1/users",
      tag: "Users",
      access: { roles: [] },
      summary: "List the users, the oldest first",
      query: Type.Object({ ...pageQueryShape.properties }),
      answers: { 200: { description: "A page of users", schema: pageOf(UserAnswer) } },
      async answer({ query }) {
        const { items, next } = await users.list(pageRequest(query));
        return { status: 200, body: { items: items.map(userAnswer), next } };
      },
    }),
    operation({
      id: "getUser",
      method: "GET",
      path: "/v1/users/{id}",
      tag: "Users",
      access: { roles: [] },
      summary: "Show a user",
      params: idParams,
      answers: { 200: { description: "The user", schema: UserAnswer } },
      async answer({ params }) {
        return { status: 200, body: userAnswer(found(await users.get(params.id), "user", params.id)) };
      },
    }),
    ...linkOperations(users),
    ...writeOperations(users),
  ];
}
