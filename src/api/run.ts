import type { FastifyRequest } from "fastify";
import { InputError } from "../errors.js";
import type { Logger } from "../logger.js";
import { authorize, mayCall, type Principal } from "./authentication.js";
import type { Answer, Call, Operation } from "./operation.js";
import { keepToOwn } from "./own.js";
import { createInputCheck } from "./query.js";
import type { ApiServices } from "./services.js";

/** What an operation is called with, as it came: all of it is checked. */
export interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
}

/** Runs one operation for whoever calls. Throws InputError for what is faulty, missing or another customer's. */
export type Run = (asked: Asked, principal: Principal, request: FastifyRequest) => Promise<Answer>;

/** The operations, for who is no client of the API: the pages. */
export interface Operations {
  /** Runs an operation by its `operationId`. Throws a 403 beside what the operation throws. */
  call(id: string, asked: Asked, principal: Principal, request: FastifyRequest): Promise<Answer>;
  /** Whether who is signed in may call it. */
  allows(id: string, principal: Principal): boolean;
}

/** What the store finds wrong with a list's cursor or filter is a query parameter here. */
function inQuery(error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  return error.withFields(error.fields.map((field) => ({ ...field, path: field.path.replace(/^\//, "?") })));
}

/** What an operation is told of who calls, and what writes its changes down. */
function callerOf(principal: Principal, operation: Operation, { audit }: ApiServices, logger: Logger) {
  const { customer, requireKey, portal: _portal, ...who } = principal;
  const author = { ...who, operation: operation.id };
  const note: Call["note"] = async (change) => {
    try {
      await audit.write(author, change);
    } catch (error) {
      // The change is made: an answer that said otherwise would have it made twice. The log holds the entry.
      logger.error({ err: error, author, change }, "a change was made that cannot be written into the audit log");
    }
  };
  return { own: customer, author, note, requireKey };
}

/** Makes of an operation what checks its input, keeps a customer to what is its own, and answers. */
export function createRun(operation: Operation, services: ApiServices, logger: Logger): Run {
  const check = createInputCheck(operation);
  const how = typeof operation.access === "object" ? operation.access.own : undefined;
  return async ({ params = {}, query = {}, body }, principal, request) => {
    const input = { ...check({ params, query, body }), body };
    const caller = callerOf(principal, operation, services, logger);
    const call = how && caller.own !== null ? await keepToOwn(how, caller.own, input, services) : input;
    const answer = operation.answer({ ...call, ...caller, request });
    if (operation.method !== "GET") return answer;
    return answer.catch((error: unknown) => {
      throw inQuery(error);
    });
  };
}

/** The operations by their ids, each for who may call it. */
export function createOperations(runs: ReadonlyMap<Operation, Run>): Operations {
  const byId = new Map([...runs].map(([operation, run]) => [operation.id, { operation, run }]));
  function named(id: string) {
    const found = byId.get(id);
    if (!found) throw new Error(`there is no operation ${id}`);
    return found;
  }
  return {
    async call(id, asked, principal, request) {
      const { operation, run } = named(id);
      authorize(principal, operation);
      return run(asked, principal, request);
    },
    allows: (id, principal) => mayCall(principal, named(id).operation),
  };
}
