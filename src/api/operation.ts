import type { FastifyRequest } from "fastify";
import type { Static, TObject, TProperties, TSchema } from "typebox";
import type { PortalAction } from "../account-types.js";
import type { AuditNote, Author } from "../types.js";
import type { Own } from "./own.js";

/** What an operation answers: a status of its `answers`, and a body, or a stream of bytes under its own type. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly contentType?: string;
  /** The name under which a browser keeps the stream: letters, digits, dots and dashes. */
  readonly fileName?: string;
}

/** How an answer looks, for the OpenAPI document. */
export interface AnswerShape {
  readonly description: string;
  readonly schema?: TSchema;
  /** Further content types beside JSON. */
  readonly others?: Readonly<Record<string, TSchema>>;
}

export interface BodyShape {
  /** What is checked before `answer` is called. */
  readonly schema: TSchema;
  /** What the document shows instead: the rest is checked, by this same schema, by what takes the body. */
  readonly shown?: TSchema;
  readonly description?: string;
  /** May be left out. */
  readonly optional?: boolean;
  /** How large it may be: as the largest request, or one event and a setting; left out: a setting, 4 MiB. */
  readonly most?: "request" | "event";
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Further content types beside JSON. */
  readonly others?: Readonly<Record<string, TSchema>>;
}

/** What an operation gets: everything that was declared, checked. */
export interface Call<P = Record<string, string>, Q = Record<string, unknown>, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  /** Of a customer's key whose it is; null: the key is nobody's in particular. */
  readonly own: string | null;
  /** Who calls: for what writes a change down in the transaction that makes it. */
  readonly author: Author;
  /** Throws a 401 once the key that the call came with is revoked or has expired: for calls that go on for long. */
  requireKey(): void;
  /** Writes down what happened in transactions of its own. What cannot be written is logged: it has happened. */
  note(change: AuditNote): Promise<void>;
}

/** Who may call an operation: anyone; who has the key for metrics, or admins; or the roles that it names. */
export type Access = "anyone" | "metrics" | Granted;

interface Granted {
  /** Beside admins, who may do everything. */
  readonly roles: readonly ("operator" | "producer" | "auditor")[];
  /** Keys of one customer may as well, and this keeps them to what is their own; left out: they may not. */
  readonly own?: Own;
  /**
   * What a customer's people need in the pages, one of these, as its operator lets them; `looks`: nothing, for it only
   * shows. Left out: what reads is shown, and nothing else is allowed. Keys of a customer need none of it.
   */
  readonly portal?: "looks" | readonly PortalAction[];
}

/** One method of one address: what checks it, documents it and answers it. */
export interface Operation<P = Record<string, string>, Q = Record<string, unknown>, B = unknown> {
  /** `operationId` of the OpenAPI document. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As OpenAPI writes it: `/v1/customers/{customer}`. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: BodyShape;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Refusals beside those that every operation has. */
  readonly refusals?: readonly number[];
  readonly access: Access;
  answer(call: Call<P, Q, B>): Promise<Answer>;
}

export const TAGS = {
  Events: "Status changes: publish, look up, replay",
  Deliveries: "What was sent to whom, and what came of it",
  Customers: "Who is told",
  Endpoints: "The webhook settings of a customer",
  Orders: "Details, callback URLs and endpoints of one order",
  Statuses: "The catalogue of status codes",
  Keys: "Who may use the API",
  Users: "Who signs in to the pages",
  Audit: "Who changed what",
  Service: "Whether the service is well",
} as const;
export type Tag = keyof typeof TAGS;

interface Shapes<P extends TProperties, Q extends TProperties, B extends TSchema> {
  readonly params?: TObject<P>;
  readonly query?: TObject<Q>;
  readonly body?: BodyShape & { readonly schema: B };
}

/** Declares an operation whose `answer` sees the types of its own schemas. */
export function operation<
  P extends TProperties = Record<never, never>,
  Q extends TProperties = Record<never, never>,
  B extends TSchema = TSchema,
>(
  declared: Omit<Operation, "answer" | keyof Shapes<P, Q, B>> &
    Shapes<P, Q, B> & { answer(call: Call<Static<TObject<P>>, Static<TObject<Q>>, Static<B>>): Promise<Answer> },
): Operation {
  return declared as unknown as Operation;
}
