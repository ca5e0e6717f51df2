import { vi } from "vitest";
import { defineApi } from "../../src/cli/define-api.js";
import { defineService } from "../../src/cli/define-service.js";
import { createProgram, explain } from "../../src/cli/program.js";
import { KEY } from "./fake-api.js";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, and captures what it writes. */
export async function run(...args: string[]): Promise<Ran> {
  let [out, err, code] = ["", "", 0];
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      out += text;
      return true;
    }),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      err += text;
      return true;
    }),
  ];
  const program = createProgram("1.2.3");
  const finish = (given: number) => {
    code = given;
  };
  defineService(program, finish);
  defineApi(program, finish);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const explained = explain(error);
    code = explained.code;
    if (explained.text !== null) err += `${explained.text}\n`;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { code, out, err };
}

/** Runs a command against a server, with the tests' key. */
export function runAgainst(url: string, ...args: string[]): Promise<Ran> {
  return run(...args, "--url", url, "--key", KEY);
}
