import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type BigIntStats, createWriteStream, fstatSync, realpathSync, statSync, type WriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { FieldError } from "../errors.js";
import { CliError, EXIT } from "./fail.js";
import { printableJson } from "./table.js";

/** A line that was not published, and why. */
export interface Refusal {
  readonly line: number;
  readonly title: string;
  readonly errors: readonly FieldError[];
}

export type RefusedContent = { readonly event: unknown } | { readonly text: string };

function statOf(path: string): BigIntStats | null {
  return statSync(path, { throwIfNoEntry: false, bigint: true }) ?? null;
}

/** The input as it is known to the system; null for one that is no file, such as a pipe of a test. */
function inputStat(file: string, stdin: unknown): BigIntStats | null {
  if (file !== "-") return statOf(file);
  const { fd } = (stdin ?? {}) as { fd?: unknown };
  return typeof fd === "number" ? fstatSync(fd, { bigint: true }) : null;
}

/** Throws CliError (exit code 2) where the refused lines would be written over the input, by whatever name it goes. */
export function requireOtherFile(file: string, stdin: unknown, refused: string | undefined): void {
  const there = refused === undefined ? null : statOf(refused);
  // A terminal or a device may well be both.
  if (refused === undefined || !there?.isFile()) return;
  const input = inputStat(file, stdin);
  if (!input || input.dev !== there.dev || input.ino !== there.ino) return;
  throw new CliError(EXIT.usage, `--refused must name another file than the one that is sent (${file}).`);
}

function open(path: string): { stream: WriteStream; temporary: string | null; target: string } {
  const there = statOf(path);
  // A device or a pipe is written to as it is: nothing can take its place.
  if (there && !there.isFile()) return { stream: createWriteStream(path), temporary: null, target: path };
  const target = there ? realpathSync(path) : path;
  const temporary = `${target}.${randomBytes(4).toString("hex")}.part`;
  const stream = createWriteStream(temporary, { flags: "wx", mode: there ? Number(there.mode) & 0o777 : 0o666 });
  return { stream, temporary, target };
}

/**
 * Keeps the refused lines in a file that `waybell send` reads again once they are put right. Until the end they lie
 * under another name beside it, so that what was kept before stays whole until there is something to take its place.
 */
export function refusedFile(path: string | undefined) {
  let file: ReturnType<typeof open> | null = null;
  let failure: Error | null = null;
  const keep = (error: unknown) => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };

  async function finish({ stream, temporary, target }: ReturnType<typeof open>): Promise<void> {
    if (!failure) {
      stream.end();
      await once(stream, "close").catch(keep);
    }
    if (temporary === null) return;
    if (!failure) await rename(temporary, target).catch(keep);
    if (failure) await rm(temporary, { force: true }).catch(() => {});
  }

  return {
    write(refusal: Refusal, content: RefusedContent): void {
      if (path === undefined || failure) return;
      try {
        if (!file) {
          file = open(path);
          file.stream.on("error", keep);
        }
        const { line, title, errors } = refusal;
        file.stream.write(`${printableJson({ refused: { line, title, errors }, ...content })}\n`);
      } catch (error) {
        keep(error);
      }
    },
    async end(): Promise<void> {
      if (file) await finish(file);
      if (failure) throw new CliError(EXIT.refused, `${path} could not be written: ${(failure as Error).message}`);
    },
  };
}
