import type { FastifyReply, FastifyRequest } from "fastify";
import type { VNode } from "preact";
import type { Answer } from "../api/operation.js";
import type { Asked } from "../api/run.js";
import type { KeyRole, Language } from "../types.js";
import type { Format } from "./format.js";
import type { Session } from "./session.js";
import type { Streams } from "./streams.js";
import type { Translate } from "./word.js";

/** What every page gets, whoever looks at it. */
export interface PageContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Epoch ms. */
  readonly now: number;
  readonly language: Language;
  readonly t: Translate;
  /** In the reader's time zone; `formatIn` for another. */
  readonly format: Format;
  formatIn(timeZone: string | null | undefined): Format;
  readonly params: Readonly<Record<string, string>>;
  /** Of the address. */
  readonly query: URLSearchParams;
  /** Of a form that was posted; empty otherwise. */
  readonly form: URLSearchParams;
  /** htmx asks for a part of the page: it is answered without the frame. */
  readonly isPart: boolean;
  /** A script of the page asks, which stays. */
  readonly isBackground: boolean;
}

/** What a page gets of who is signed in. */
export interface SignedIn extends PageContext {
  readonly session: Session;
  readonly role: KeyRole;
  /** Calls an operation of the API as who is signed in. Throws what the API would refuse. */
  call(operation: string, asked?: Asked): Promise<Answer>;
  /** The body of an operation's answer. */
  read<T>(operation: string, asked?: Asked): Promise<T>;
  /** For a page that is live without reloading: parts of it as server-sent events. */
  readonly streams: Pick<Streams, "open">;
  /** Whether who is signed in may call an operation: what they may not is not shown. */
  may(operation: string): boolean;
}

interface WholePage {
  readonly title: string;
  readonly body: VNode;
  readonly status?: number;
  readonly wide?: boolean;
  /** It shows what came of a test or a try-out, which is made anew when its form is sent again. */
  readonly isAskedAnew?: boolean;
}

/** What a page answers: a whole page or a part of one, another address, or a file. */
export type PageAnswer =
  | WholePage
  | { readonly part: VNode; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly location: string }
  | { readonly file: Answer };

/** One address of the console. */
export interface Page {
  readonly method: "GET" | "POST";
  /** As Fastify writes it: `/customers/:customer`. */
  readonly path: string;
  /** Who may look: the pages' own rule comes before that of the operations they call. */
  readonly roles: readonly KeyRole[];
  /** A page follows it by itself: nobody is there to be led to signing in. */
  readonly isStream?: boolean;
  answer(context: SignedIn): Promise<PageAnswer>;
  /** Of a form in which people type: the form as it was typed, and nothing done. */
  again?(context: SignedIn): Promise<PageAnswer>;
}

/** A page that needs nobody signed in. */
export interface OpenPage extends Omit<Page, "roles" | "isStream" | "answer" | "again"> {
  readonly roles: "anyone";
  answer(context: PageContext & { readonly session: Session | null }): Promise<PageAnswer>;
}

export const STAFF: readonly KeyRole[] = ["admin", "operator", "auditor"];
export const EVERYBODY: readonly KeyRole[] = [...STAFF, "customer"];
