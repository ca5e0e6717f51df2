import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startVsftpd, type TestServer } from "../servers/index.js";
import { startWaybell, type Waybell } from "../support/waybell.js";

const GOOD = { customer: "acme", order: "ASK1", statusCode: "take", statusTime: "20230719110649" };
const MIB = 1024 * 1024;

interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

interface Bad {
  readonly what: string;
  readonly body: unknown;
  readonly status: number;
  /** Of the field; none for what is no JSON. */
  readonly path?: string;
  readonly says: RegExp;
}

const BAD: readonly Bad[] = [
  {
    what: "an unknown customer",
    body: { ...GOOD, customer: "nobody" },
    status: 422,
    path: "/customer",
    says: /nobody/,
  },
  {
    what: "an unknown code without a status",
    body: { ...GOOD, statusCode: "TAKE IT" },
    status: 422,
    path: "/status",
    says: /does not know the code "TAKE IT"/,
  },
  {
    what: "a statusTime that is no time",
    body: { ...GOOD, statusTime: "2023-02-30T11:06:49" },
    status: 422,
    path: "/statusTime",
    says: /is no time/,
  },
  {
    what: "10 MB of comment",
    body: { ...GOOD, comment: "x".repeat(10 * MIB) },
    status: 422,
    path: "/comment",
    says: /65536|64 KiB/,
  },
  {
    what: "an invalid data URI among pictures",
    body: { ...GOOD, pictures: ["data:image/png;base64,AAAA", "https://acme.example/photo.png"] },
    status: 422,
    path: "/pictures/1",
    says: /data URI/,
  },
  {
    what: "a signature that is no base64",
    body: { ...GOOD, signatures: [{ image: 'data:image/png;base64,"><', signedBy: "J" }] },
    status: 422,
    path: "/signatures/0/image",
    says: /data URI/,
  },
  { what: "wrong JSON", body: `{"customer":"acme","order":}`, status: 400, says: /JSON/ },
  {
    what: "a 1,001st item",
    body: Array.from({ length: 1001 }, (_, at) => ({ ...GOOD, order: `ASK${at}` })),
    status: 422,
    path: "",
    says: /1,?000/,
  },
  {
    what: "one faulty item among good ones",
    body: [GOOD, { ...GOOD, order: "" }, { ...GOOD, unknownField: 1 }],
    status: 422,
    path: "/1/order",
    says: /./,
  },
];

let waybell: Waybell;
let server: TestServer;

beforeAll(async () => {
  [server, waybell] = await Promise.all([startVsftpd(), startWaybell()]);
  await waybell.putCustomer("acme");
  const { host, port, username, password } = server;
  const template = { name: "ontime", options: { format: "json" } };
  const transport = { type: "ftp", host, port, username, password };
  await waybell.addEndpoint("acme", { name: "FTP", transport, template });
});

afterAll(async () => {
  await waybell?.close();
  await server?.stop();
});

describe("bad input gets a clear answer", () => {
  it.each(BAD.map((bad) => [bad.what, bad] as const))("%s", async (_what, { body, status, path, says }) => {
    const answer = await waybell.call<Problem>("POST", "/v1/events", body);
    expect([answer.status, answer.body.status]).toEqual([status, status]);
    expect(answer.contentType).toContain("application/problem+json");
    if (path !== undefined) expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    const faulty = answer.body.errors?.find((error) => error.path === path);
    expect(`${answer.body.detail} ${faulty?.message}`).toMatch(says);
  });

  it("names every faulty field of every item", async () => {
    const items = [{ ...GOOD, customer: "x", statusTime: "soon" }, GOOD, { ...GOOD, order: 5, pictures: ["no"] }];
    const { status, body } = await waybell.call<Problem>("POST", "/v1/events", items);
    expect(status).toBe(422);
    const paths = ["/0/customer", "/0/statusTime", "/2/order", "/2/pictures/0"];
    expect(body.errors?.map((error) => error.path).sort()).toEqual(paths);
  });

  it("a duplicate id with other content, naming the difference", async () => {
    const event = { ...GOOD, id: "tms-1", order: "ASK-DUP" };
    expect((await waybell.call("POST", "/v1/events", event)).status).toBe(202);
    expect(await waybell.call("POST", "/v1/events", event)).toMatchObject({ status: 202, body: { duplicate: true } });
    const other = { ...event, comment: "another", statusTime: "20230719110650" };
    const { status, body } = await waybell.call<Problem>("POST", "/v1/events", other);
    expect(status).toBe(409);
    expect(body.errors?.map((error) => error.path).sort()).toEqual(["/comment", "/statusTime"]);
  });
});

it("nothing of what was refused is kept, and what is good arrives beside it", async () => {
  await waybell.publish([{ ...GOOD, order: "ASK-GOOD" }]);
  const all = await waybell.allDelivered("customer=acme", 2);
  expect(all.map(({ order }) => order)).toEqual(["ASK-DUP", "ASK-GOOD"]);
  const files = readdirSync(server.root).sort();
  expect(files).toEqual(["ASK-DUP_take_20230719110649.json", "ASK-GOOD_take_20230719110649.json"]);
  expect(readFileSync(join(server.root, files[0] ?? ""), "utf8")).not.toContain("another");
});
