import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everythingIn, FILE_SERVERS, type RunningFileServer, startAll } from "../support/file-servers.js";
import { type ShownDelivery, startWaybell, type Waybell } from "../support/waybell.js";

const TIME = "20230719110649";

interface Named {
  readonly order: string;
  readonly code?: string;
  /** The file's name without time and extension. */
  readonly stem: string;
}

/** What an order or code says, and what the file is called. */
const NAMES: readonly Named[] = [
  { order: "../../etc/passwd", stem: "_------etc-passwd_take" },
  { order: "..", stem: "_--_take" },
  { order: "/absolute/path", stem: "_-absolute-path_take" },
  { order: "..\\..\\windows", stem: "_------windows_take" },
  { order: "ASK1", code: "AF (AFGEWERKT)", stem: "ASK1_AF (AFGEWERKT)" },
  { order: "ASK1", code: "[distristatuscode]_201", stem: "ASK1_[distristatuscode]_201" },
  {
    order: "ASK1",
    code: "AN_OPS_FIN (ANNULATIE OPS + FIN)_cancel_no_mail",
    stem: "ASK1_AN_OPS_FIN (ANNULATIE OPS + FIN)_cancel_no_mail",
  },
  { order: "CON", stem: "CON_take" },
  { order: "CON.txt", stem: "_CON.txt_take" },
  { order: "-rf", stem: "_-rf_take" },
  { order: "--version", stem: "_--version_take" },
  { order: ".htaccess", stem: "_-htaccess_take" },
  { order: "  two spaces", stem: "_--two spaces_take" },
  { order: "line\r\nDELE other", stem: "line--DELE other_take" },
  { order: "nul\u0000byte\u0007bell\u007fdel", stem: "nul-byte-bell-del_take" },
  { order: 'C:\\temp\\*?"<>|', stem: "C--temp-------_take" },
  { order: "~root", stem: "~root_take" },
  { order: "~", stem: "~_take" },
  { order: "%2e%2e%2f%s%n", stem: "%2e%2e%2f%s%n_take" },
  { order: "$(id) `id` ;id & {a,b} 'q' #1 100% !", stem: "$(id) `id` ;id & {a,b} 'q' #1 100% !_take" },
  { order: "📦🚚 été 日本語 עברית", stem: "📦🚚 été 日本語 עברית_take" },
  { order: "turned\u202egpj", stem: "turned-gpj_take" },
];

const LONG_CODE = "C".repeat(99);
/** Names of 300 characters and more; the first two differ in their last letter alone. */
const LONG = [
  { order: "x".repeat(200), code: `${LONG_CODE}1` },
  { order: "x".repeat(200), code: `${LONG_CODE}2` },
  { order: "📦".repeat(200), code: `${LONG_CODE}1` },
  { order: "é".repeat(200), code: `${LONG_CODE}1` },
];

/** Those of a line would have one name on a server that ignores case and composes accents. */
const SAME = [
  ["ASK2_take", "ASK2_take", "ASK2_take", "ask2_take", "ASK2_TAKE"],
  ["Ask3_pickup", "Ask3_PICKUP"],
  ["caf\u00e9_take", "cafe\u0301_take", "CAF\u00c9_take"],
];

const KNOWN = ["take", "pickup", "PICKUP", "AF (AFGEWERKT)", "[distristatuscode]_201"];
const status = (code: string) => (KNOWN.includes(code) ? {} : { status: "WARNING", descriptions: { en: "Held" } });

function eventOf(customer: string, { order, code = "take" }: { order: string; code?: string | undefined }) {
  return { customer, order, statusCode: code, statusTime: TIME, ...status(code) };
}

const SAME_PAIRS = SAME.flat().map((text) => ({ order: text.split("_")[0] ?? "", code: text.split("_")[1] }));

let waybell: Waybell;
let servers: RunningFileServer[] = [];
/** By server: what lies beside the folder that the login lands in. */
const before = new Map<string, string[]>();
const delivered = new Map<string, ShownDelivery[]>();

const outside = (root: string) => everythingIn(dirname(root)).filter((path) => !path.startsWith("files/"));

beforeAll(async () => {
  [servers, waybell] = await Promise.all([startAll(FILE_SERVERS), startWaybell()]);
  const events = [...NAMES, ...LONG, ...SAME_PAIRS];
  for (const { id, server, transport } of servers) {
    before.set(id, outside(server.root));
    await waybell.putCustomer(id);
    const template = { name: "ontime", options: { format: "json" } };
    const inbox = { ...transport(server), directory: "in box", createDirectory: true };
    await waybell.addEndpoint(id, { name: id, transport: inbox, template });
    await waybell.publish(events.map((event) => eventOf(id, event)));
  }
  for (const { id } of servers) delivered.set(id, await waybell.allDelivered(`customer=${id}`, events.length));
});

afterAll(async () => {
  await waybell?.close();
  await Promise.all(servers.map(({ server }) => server.stop()));
});

describe.each(FILE_SERVERS.map(({ name, id }) => [name, id] as const))("%s", (_name, id) => {
  const root = () => servers.find((kind) => kind.id === id)?.server.root ?? "";
  const list = () => delivered.get(id) ?? [];
  /** The name that each delivery of an order and code was given. */
  const namesOf = (order: string, code: string) =>
    list().flatMap(({ event, fileName, ...it }) => (it.order === order && event.statusCode === code ? [fileName] : []));

  it.each(NAMES.map(({ order, code = "take", stem }) => [order, code, `${stem}_${TIME}.json`] as const))(
    "takes order %j with code %j as a safe file",
    (order, code, name) => {
      expect(namesOf(order, code)).toEqual([name]);
      expect(everythingIn(join(root(), "in box"))).toContain(name);
    },
  );

  it("takes names of 300 characters, cut to 200 bytes, each its own", () => {
    const names = LONG.map(({ order, code }) => namesOf(order, code)[0] ?? "");
    expect(new Set(names).size).toBe(LONG.length);
    for (const [at, name] of names.entries()) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      expect(Buffer.byteLength(name)).toBeGreaterThan(180);
      expect(name).toMatch(/-[0-9a-f]{12}\.json$/);
      expect(LONG[at]?.order.startsWith(name.replace(/-[0-9a-f]{12}\.json$/, ""))).toBe(true);
    }
  });

  it("numbers events whose names would be one, be it only for their case or accents", () => {
    for (const group of SAME) {
      const wanted = [...new Set(group)];
      const names = wanted.flatMap((text) => namesOf(...(text.split("_") as [string, string])));
      const folded = names.map((name) => (name ?? "").normalize("NFC").toLowerCase()).sort();
      const [stem = ""] = wanted.map((text) => `${text}_${TIME}`.normalize("NFC").toLowerCase());
      const numbers = group.map((_, at) => (at === 0 ? `${stem}.json` : `${stem}_${at + 1}.json`));
      expect(folded).toEqual(numbers.sort());
    }
  });

  it("holds under each name the document of its own delivery", () => {
    for (const { order, event, fileName } of list()) {
      const document = JSON.parse(readFileSync(join(root(), "in box", fileName ?? ""), "utf8"));
      expect([document.order, document.statuscode]).toEqual([order, event.statusCode]);
    }
  });

  it("holds nothing else, in the folder or beside it", () => {
    const names = list().map(({ fileName }) => `in box/${fileName}`);
    expect(new Set(names).size).toBe(NAMES.length + LONG.length + SAME_PAIRS.length);
    expect(everythingIn(root())).toEqual(["in box", ...names].sort());
    expect(outside(root())).toEqual(before.get(id));
  });
});
