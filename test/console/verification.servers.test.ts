import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROGRAMS, schemesOf } from "../../src/console/verification/index.js";
import { programs } from "../servers/launch.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { csharpProgram, linesOf } from "./csharp-program.js";

/** What a receiver has in its hands. */
interface Given {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly key: string;
}

const LATIN = "latin1" as const;
/** The C# whose program is made: a verdict needs no other one than that before it. */
let compiled = "";
const files = mkdtempSync(join(tmpdir(), "waybell-verification-"));
const { folder, remove } = temporaryFolder();
let receiver: HttpReceiver;
let service: TestService;

beforeAll(async () => {
  receiver = await startHttpReceiver();
  service = await startTestService(folder);
});
afterAll(async () => {
  await service?.close();
  await receiver?.stop();
  remove();
  rmSync(files, { recursive: true, force: true });
});

/** Runs the code of the documentation with what a receiver was given, as a program that says yes or no. */
const RUNS: Readonly<Record<string, (code: string, given: string) => string>> = {
  node(code, given) {
    const file = join(files, "program.mjs");
    const main = `import { readFileSync } from "node:fs";
const { headers, body, key } = JSON.parse(readFileSync(${JSON.stringify(given)}));
console.log(isFromWaybell(headers, Buffer.from(body, "${LATIN}"), key) ? "yes" : "no");`;
    writeFileSync(file, `${code}\n${main}`);
    return execFileSync(process.execPath, [file], { encoding: "utf8" });
  },
  python(code, given) {
    const file = join(files, "program.py");
    const main = `import json
g = json.load(open(${JSON.stringify(given)}))
print("yes" if is_from_waybell(g["headers"], g["body"].encode("latin-1"), g["key"]) else "no")`;
    writeFileSync(file, `${code}\n${main}`);
    return execFileSync(programs().python, [file], { encoding: "utf8" });
  },
  php(code, given) {
    const file = join(files, "program.php");
    const main = `$g = json_decode(file_get_contents(${JSON.stringify(given)}), true);
$server = [];
foreach ($g['headers'] as $name => $value) $server['HTTP_' . strtoupper(str_replace('-', '_', $name))] = $value;
echo is_from_waybell($server, utf8_decode($g['body']), $g['key']) ? 'yes' : 'no';`;
    writeFileSync(file, `${code}\n${main}`);
    const { php, libraries } = programs();
    const env = { ...process.env, LD_LIBRARY_PATH: libraries };
    return execFileSync(php, ["-n", "-d", "error_reporting=8191", file], { encoding: "utf8", env });
  },
  csharp(code, given) {
    const { mono, csharp } = programs();
    // Its configuration says which libraries of the system it stands on; by itself it seeks that in /etc.
    const env = { ...process.env, MONO_PATH: csharp, MONO_CFG_DIR: join(csharp, "../../../../etc") };
    const run = (...args: string[]) => execFileSync(mono, args, { encoding: "utf8", env });
    const [source, program, lines] = [join(files, "program.cs"), join(files, "program.exe"), join(files, "given.txt")];
    const { headers, body, key } = JSON.parse(readFileSync(given, "utf8")) as Given;
    writeFileSync(lines, linesOf(key, Buffer.from(body, LATIN), headers));
    if (compiled !== code) {
      writeFileSync(source, csharpProgram(code));
      run(join(csharp, "mcs.exe"), "-r:System.Core.dll", `-out:${program}`, source);
      compiled = code;
    }
    return run(program, lines);
  },
};

function verdict(program: string, code: string, given: Given): string {
  const file = join(files, "given.json");
  writeFileSync(file, JSON.stringify(given));
  return RUNS[program]?.(code, file).trim() ?? "";
}

const HMAC_KEY = "a secret with $dollars and 'quotes'";
const SIGNED = [
  { name: "Standard Webhooks", transport: { signingSecret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" }, without: [] },
  // Python and C# have no ed25519 of their own: their code needs packages that are not there everywhere.
  { name: "ed25519", transport: { signingSecret: `whsk_${"A".repeat(43)}=` }, without: ["python", "csharp"] },
  { name: "an HMAC of the body", transport: { hmac: { header: "X-Signature", secret: HMAC_KEY } }, without: [] },
  {
    name: "an HMAC of timestamp and body",
    transport: {
      hmac: {
        header: "X-Hub-Signature-256",
        secret: HMAC_KEY,
        over: "timestamp.body",
        algorithm: "sha512",
        encoding: "base64",
        prefix: "sha512=",
      },
    },
    without: [],
  },
];
const CASES = SIGNED.flatMap((signed) =>
  PROGRAMS.filter(({ id }) => !signed.without.includes(id as never)).map(({ id, name, code }) => ({
    ...signed,
    program: id,
    language: name,
    code,
  })),
);

let made = 0;
/** What arrives at an endpoint that signs so, and how its documentation says that it does. */
async function arrived(type: "http-post" | "http-get", transport: Record<string, unknown>) {
  const customer = `customer-${++made}`;
  await service.call("PUT", `/v1/customers/${customer}`, {});
  const template = { name: "ontime", options: {} };
  const input = { name: "signed", transport: { type, url: `${receiver.url}/${customer}`, ...transport }, template };
  const { body: endpoint } = await service.call<{ transport: Record<string, unknown>; publicKeys: { key: string }[] }>(
    "POST",
    `/v1/customers/${customer}/endpoints`,
    input,
  );
  await service.publish({ customer, order: "É1", comment: "€ & <x>" });
  const found = () => receiver.received.find(({ url }) => url.startsWith(`/${customer}`));
  await until(() => found() !== undefined);
  const { headers = {}, body = "", url = "" } = found() ?? {};
  const [scheme] = schemesOf(endpoint);
  const { signingSecret, hmac } = transport as { signingSecret?: string; hmac?: { secret: string } };
  const key = endpoint.publicKeys[0]?.key ?? signingSecret ?? hmac?.secret ?? "";
  const bytes = type === "http-get" ? Buffer.from(url.split("?")[1] ?? "") : Buffer.from(body);
  if (!scheme) throw new Error("the endpoint is not signed");
  return { scheme, given: { headers: headers as Record<string, string>, body: bytes.toString(LATIN), key } };
}

describe.each(CASES)("$language verifies $name, as its documentation shows", ({ program, code, transport }) => {
  it("takes what Waybell sends and refuses what somebody changed, kept or made up", async () => {
    const { scheme, given } = await arrived("http-post", transport);
    const text = code(scheme);
    expect(verdict(program, text, given)).toBe("yes");
    expect(verdict(program, text, { ...given, body: `${given.body} ` })).toBe("no");
    const nothing = Object.fromEntries(Object.keys(given.headers).map((name) => [name, ""]));
    expect(verdict(program, text, { ...given, headers: nothing })).toBe("no");
    if (scheme.kind === "hmac" && scheme.over === "body") return;
    for (const timestamp of ["1", "", "now", "NaN"]) {
      const old = { ...given, headers: { ...given.headers, "webhook-timestamp": timestamp } };
      expect(verdict(program, text, old), timestamp).toBe("no");
    }
  });

  it("takes a GET by its query string", async () => {
    const { scheme, given } = await arrived("http-get", transport);
    expect(verdict(program, code(scheme), given)).toBe("yes");
  });
});
