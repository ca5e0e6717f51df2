import type { FieldError } from "../errors.js";
import { clean } from "./table.js";

/** Exit codes of every command, as `--help` lists them. */
export const EXIT = { fine: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command could not do: printed as it is, without a stack, and turned into the exit code. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** A problem document, as far as the command line reads it. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
}

/** The server answered and said no. */
export class ApiError extends CliError {
  override readonly name = "ApiError";
  readonly status: number;
  readonly problem: Problem;
  /** Milliseconds that the server asked to wait, if it did. */
  readonly retryAfterMs: number | null;

  constructor(status: number, problem: Problem, retryAfterMs: number | null) {
    super(EXIT.refused, problemText(status, problem));
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Reads a problem document, or whatever else came instead of one. */
export function readProblem(body: unknown): Problem {
  if (typeof body !== "object" || body === null) return { title: "", detail: asText(body).slice(0, 500), errors: [] };
  const { title, detail, errors } = body as Record<string, unknown>;
  const fields = Array.isArray(errors) ? errors : [];
  return {
    title: asText(title),
    detail: asText(detail),
    errors: fields
      .filter((field): field is Record<string, unknown> => typeof field === "object" && field !== null)
      .map((field) => ({ path: asText(field.path), message: asText(field.message) })),
  };
}

/** `path: message` of each faulty field, one a line, indented. */
export function fieldLines(errors: readonly FieldError[], indent = "  "): string {
  return errors
    .map(({ path, message }) => `${indent}${clean(path === "" ? message : `${path.replace(/^\//, "")}: ${message}`)}`)
    .join("\n");
}

function problemText(status: number, problem: Problem): string {
  const sentence = clean(problem.detail || problem.title);
  const head =
    status === 401 || status === 403
      ? `The server does not take this key (${status}). Give the right one with --key or WAYBELL_KEY.`
      : `The server said no (${status})${sentence ? `: ${sentence}` : "."}`;
  return problem.errors.length === 0 ? head : `${head}\n${fieldLines(problem.errors)}`;
}
