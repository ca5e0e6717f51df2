import type { Content } from "../../types.js";
import type { Segment } from "../segments.js";
import type { Budget } from "./budget.js";

/** A document under way. */
export interface Document {
  /** The template's own text. */
  literal(text: string): void;
  /** What an output gives, escaped as its place demands. */
  value(value: unknown): void;
  end(): void;
}

/** What stands before a document's place came from: a piece of the template, and where its text began. */
export interface Origin {
  readonly token: unknown;
  readonly start: number;
}

/** The bytes of a document: texts and contents, and which piece of the template wrote them. */
export class Page {
  readonly #budget: Budget;
  readonly #segments: Segment[] = [];
  readonly #starts: number[] = [];
  readonly #tokens: unknown[] = [];
  #text = "";
  #length = 0;
  #token: unknown = null;
  #fresh = true;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** From here on this piece of the template writes. */
  from(token: unknown): void {
    this.#token = token;
    this.#fresh = true;
  }

  text(text: string): void {
    if (text === "") return;
    this.#budget.wrote(text);
    if (this.#fresh) {
      this.#starts.push(this.#length);
      this.#tokens.push(this.#token);
      this.#fresh = false;
    }
    this.#text += text;
    this.#length += text.length;
  }

  content(content: Content): void {
    this.#segments.push(this.#text, content);
    this.#text = "";
  }

  segments(): Segment[] {
    return [...this.#segments, this.#text];
  }

  /** The texts without the contents: what is to be checked of the document. */
  checked(): string {
    return this.segments()
      .filter((segment) => typeof segment === "string")
      .join("");
  }

  /** What wrote the character at `place` of `checked`. */
  originOf(place: number): Origin {
    let at = this.#starts.length - 1;
    while (at > 0 && (this.#starts[at] ?? 0) > place) at--;
    return { token: this.#tokens[at] ?? null, start: this.#starts[at] ?? 0 };
  }
}
