import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { temporaryFolder } from "../support/service.js";

const run = promisify(execFile);

let folder: string;
let remove: () => void;

/** A TMS's folder with the packed Waybell in it; of what Waybell depends on only that which is named. */
beforeAll(async () => {
  ({ folder, remove } = temporaryFolder());
  await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder]);
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "waybell"), { recursive: true });
  await run("tar", ["-xzf", join(folder, tarball), "-C", join(modules, "waybell"), "--strip-components=1"]);
  for (const name of ["undici", "typebox", "@types", "undici-types"]) {
    symlinkSync(resolve("node_modules", name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => remove());

it("is imported as waybell from the package, with undici as all that it loads", async () => {
  writeFileSync(
    join(folder, "use.mjs"),
    `import { createProducer, ProducerError } from "waybell";
     const producer = createProducer({ url: "http://127.0.0.1:9", key: "k", retry: { maxAgeMs: 20 } });
     const event = { customer: "acme", order: "1", statusCode: "take", statusTime: "20260102030405" };
     await producer.publish(event).catch((error) => console.log(error instanceof ProducerError, error.code));
     await producer.close();`,
  );
  const { stdout } = await run(process.execPath, ["use.mjs"], { cwd: folder });
  expect(stdout.trim()).toBe("true gave_up");
});

it("brings its types along", async () => {
  writeFileSync(
    join(folder, "use.ts"),
    `import { createProducer, type EventInput, type Published } from "waybell";
     const event: EventInput = { customer: "acme", order: "1", statusCode: "take", statusTime: "20260102030405" };
     export const result: Promise<Published> = createProducer({ url: "http://x", key: "k" }).publish(event);
     // @ts-expect-error an event has an order
     export const faulty: EventInput = { customer: "acme", statusCode: "take", statusTime: "20260102030405" };`,
  );
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node", "use.ts"];
  const said = await run(resolve("node_modules/.bin/tsc"), ["--ignoreConfig", ...options], { cwd: folder }).catch(
    ({ stdout }: { stdout: string }) => ({ stdout }),
  );
  expect(said.stdout).toBe("");
});
