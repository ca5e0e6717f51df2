import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { killAll, serve } from "../support/serve.js";
import { temporaryFolder, until } from "../support/service.js";

let folder: string;
let removeFolder: () => void;

beforeEach(() => {
  ({ folder, remove: removeFolder } = temporaryFolder());
});
afterEach(async () => {
  await killAll();
  removeFolder();
});

it.each(["warn", "silent", "info"])("prints its address at the start with LOG_LEVEL=%s", async (LOG_LEVEL) => {
  const served = await serve(folder, { LOG_LEVEL });
  await until(() => served.output().includes(`Waybell listens on ${served.url} `), 10_000, "the address");
});

it("makes nothing on disk when a setting is wrong", async () => {
  await expect(serve(folder, { EGRESS_ALLOW: "10.0.0.0/99", ALERT_TO: "foo" })).rejects.toThrow(
    /ALERT_TO.*\n.*EGRESS_ALLOW/,
  );
  expect(existsSync(join(folder, "waybell.db"))).toBe(false);
});

it("shows the admin key that it made although its port is taken", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const PORT = String((taken.address() as AddressInfo).port);
  const started = serve(folder, { PORT, ADMIN_KEY: "" });
  await expect(started).rejects.toThrow(/The admin key, shown this once[\s\S]*wb_[\w-]{43}[\s\S]*in use/);
  taken.close();
});
