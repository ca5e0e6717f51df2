import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostileServer, silent, startHostile } from "../support/hostile-servers.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { eventually, type ShownAttempt, startWaybell, type Waybell } from "../support/waybell.js";
import { FTP } from "./hostile-ftp.js";
import { HTTP } from "./hostile-http.js";
import { type Hostile, LOGIN, servers, stops } from "./hostile-kit.js";
import { HTTP_GET, TOKENS } from "./hostile-other-http.js";
import { SFTP } from "./hostile-sftp.js";

/** Of those that end nothing themselves; the others are to be ended for what they do, however busy the machine is. */
const TIMEOUT_S = 2;
const LONG_TIMEOUT_S = 20;
const timeoutOf = ({ code, waits }: Hostile) => ((waits ?? code.test("timeout")) ? TIMEOUT_S : LONG_TIMEOUT_S);
/** What a deadline that sends share, a busy machine and the record of the attempt may add. */
const GRACE_MS = 1500;

/** Once an attempt has ended so long is waited for the end of its connections: the last is read again after 3 s. */
const CLOSED_MS = 4_000;

const ALL = [...HTTP, ...HTTP_GET, ...TOKENS, ...FTP, ...SFTP];
const attempts = new Map<string, ShownAttempt>();
const serversOf = new Map<string, readonly HostileServer[]>();
const openAt = (id: string) => (serversOf.get(id) ?? []).reduce((sum, { open }) => sum + open, 0);
/** More than the system holds of a connection that nobody reads. */
const PICTURE = `data:image/jpeg;base64,${Buffer.alloc(7 * 1024 * 1024, 7).toString("base64")}`;
const customerOf = (id: string) => id.replaceAll(/\W+/g, "-").toLowerCase();
let waybell: Waybell;
let healthy: readonly string[] = [];

async function firstAttempt({ id }: Hostile): Promise<void> {
  const customer = customerOf(id);
  const tried = await eventually(`an attempt of ${id}`, async () => {
    const [delivery] = await waybell.deliveries(`customer=${customer}`);
    return delivery && delivery.attempts > 0 ? delivery : undefined;
  });
  const [attempt] = (await waybell.delivery(tried.id)).attemptList;
  if (attempt) attempts.set(id, attempt);
}

/** Servers that pour bytes out are programs of this very process: more than one at a time would leave the others no time. */
const pours = ({ id }: Hostile) => /endless|gigantic|noise|nobody asked/.test(id);

// The rest at the same time: most of it is waiting, and a healthy receiver goes on beside them.
beforeAll(async () => {
  waybell = await startWaybell();
  const receiver = await startHttpReceiver();
  stops.push(() => receiver.stop());
  const json = { template: { name: "ontime", options: { format: "json" } } };
  const query = { template: { name: "ontime", options: {} } };
  const once = { retry: { schedule: ["0s", "1h"] } };
  for (const each of ALL) {
    const { id, start, success } = each;
    const others = servers.length;
    const transport = await start();
    serversOf.set(id, servers.slice(others));
    const given = transport.type === "http-get" ? query : json;
    await waybell.putCustomer(customerOf(id));
    const setting = { ...given, ...once, ...(success ? { success } : {}), name: id, transport };
    await waybell.addEndpoint(customerOf(id), { ...setting, timeoutSeconds: timeoutOf(each) });
  }
  await waybell.putCustomer("healthy");
  const transport = { type: "http-post", url: receiver.url };
  await waybell.addEndpoint("healthy", { ...json, name: "Healthy", transport });
  const eventsOf = (customer: string, count: number, more = {}) =>
    Array.from({ length: count }, (_, at) => ({
      ...more,
      customer,
      order: `${customer}-${at}`,
      statusCode: "take",
      statusTime: "20230719110649",
    }));
  const quiet = ALL.filter((each) => !pours(each));
  const first = ({ id, large }: Hostile) => eventsOf(customerOf(id), 1, large ? { pictures: [PICTURE] } : {});
  await waybell.publish([...quiet.flatMap(first), ...eventsOf("healthy", 50)]);
  healthy = (await waybell.allDelivered("customer=healthy", 50, 20_000)).map(({ id }) => id);
  await Promise.all(quiet.map(firstAttempt));
  for (const each of ALL.filter(pours)) {
    await waybell.publish(eventsOf(customerOf(each.id), 1));
    await firstAttempt(each);
  }
}, 60_000);

afterAll(async () => {
  await waybell?.close();
  await Promise.all(stops.map((stop) => stop()));
});

describe("a hostile receiver is ended within the deadline, and the attempt names the reason", () => {
  it.each(ALL)("$id", async (row) => {
    const { id, fault, code, detail, left, connections, large, kept = 0, outcome = "retry" } = row;
    const attempt = attempts.get(id);
    expect(attempt).toMatchObject({ outcome, fault });
    expect(attempt?.code).toMatch(code);
    expect(attempt?.detail).toMatch(detail);
    expect(attempt?.durationMs).toBeLessThan(timeoutOf(row) * 1000 + GRACE_MS);
    expect(attempt?.response.length ?? 0).toBeLessThanOrEqual(16 * 1024);
    expect(JSON.stringify(attempt)).not.toContain(LOGIN.password);
    if (left) expect(left()).toEqual([]);
    if (large) expect(attempt?.sent?.bytes).toBeGreaterThan(PICTURE.length);
    if (connections) expect(connections()).toBe(1);
    expect(serversOf.get(id)).not.toHaveLength(0);
    await expect.poll(() => openAt(id), { timeout: CLOSED_MS, message: "connections that are left open" }).toBe(kept);
  });
});

it("a connection of which only one side was closed counts as open, and one that is gone does not", async () => {
  const [held, gone] = [await startHostile(silent), await startHostile(silent)];
  stops.push(held.stop, gone.stop);
  const [half, whole] = [held, gone].map(({ port }) => connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
  half?.resume().end();
  whole?.on("connect", () => whole.destroy());
  await expect.poll(() => [gone.accepted, gone.open], { timeout: CLOSED_MS }).toEqual([1, 0]);
  // What tells the two apart has come to it by now, more than once.
  await expect.poll(() => half?.bytesRead ?? 0, { timeout: CLOSED_MS }).toBeGreaterThan(3);
  expect(held.open).toBe(1);
  half?.destroy();
});

it("meanwhile a healthy receiver gets everything", () => {
  expect(healthy).toHaveLength(50);
});
