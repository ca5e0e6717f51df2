import { expect } from "vitest";
import { type ExpectedStatus, expectedJson } from "./ontime-expected.js";
import type { SmtpTestServer } from "./smtp.js";
import { eventually, type ShownAttempt, type ShownDelivery, type Waybell } from "./waybell.js";

type Mail = SmtpTestServer["mails"][number];

/** Something that goes wrong with one endpoint, and what must be told of it. */
export interface Trouble {
  /** Of the customer; its mails go to the address that it begins. */
  readonly id: string;
  /** The endpoint without name, retries and alerts; the template is ON TIME's JSON unless it says otherwise. */
  readonly endpoint: { readonly transport: object; readonly template?: object; readonly timeoutSeconds?: number };
  readonly language?: "nl" | "fr" | "en";
  /** Of the first attempt that fails. */
  readonly fault: string;
  readonly code: RegExp;
  /** Part of the recorded sentence. */
  readonly detail: RegExp;
  /** The reason in the mail's plain words. */
  readonly reason: string;
  /** Subjects of the mail that tells of it, and of the one when it is over; null: there is none. */
  readonly subjects?: readonly [begun: RegExp, over: RegExp | null];
  /** Of the first status. */
  readonly pictures?: readonly string[];
  readonly secrets?: readonly string[];
  /** Begins, once the statuses are published and their sends may be under way. */
  begin?(): Promise<void>;
  /** Takes the cause away. */
  mend(endpoint: string): Promise<unknown>;
  /** The documents that the receiver has, and said yes to, in any order. */
  arrived(): readonly string[];
  /** What one status arrives as; JSON by default. */
  expected?(status: ExpectedStatus): string;
}

/** What a trouble has left in the history. */
export interface Aftermath {
  readonly deliveries: readonly (ShownDelivery & { readonly attemptList: readonly ShownAttempt[] })[];
  readonly mails: readonly Mail[];
}

const SUBJECTS = [/did not arrive$/, /works again: [3-5] statuses delivered$/] as const;

const blank = { barcode: "", container: "", comment: "", oldLead: "", newLead: "", verifier: "", pictures: [] };
const taken = {
  status: "PROCESSING",
  code: "take",
  nl: "Mee met koerier",
  en: "Taken by courier",
  fr: "En route avec courier",
};

/** Three statuses that meet the trouble, the first with these pictures, and two that come after it. */
function statusesOf(id: string, pictures: readonly string[] = []): ExpectedStatus[] {
  return [1, 2, 3, 4, 5].map((number) => ({
    ...blank,
    ...taken,
    order: `${id.toUpperCase()}-${number}`,
    statusTime: `2023071911064${number}`,
    reference: "",
    signatures: [],
    pictures: number === 1 ? pictures : [],
  }));
}

const eventsOf = (customer: string, statuses: readonly ExpectedStatus[]) =>
  statuses.map(({ order, code, statusTime, pictures }) => ({
    customer,
    order,
    statusCode: code,
    statusTime,
    pictures,
  }));

/** The mail of an outage or of its end: to whom, of what, why, and every status of it, in each of its three forms. */
function checkMail(mail: Mail, name: string, reason: string, deliveries: readonly ShownDelivery[]): void {
  const { text = "", html, attachments } = mail.parsed;
  const csv = attachments.map(({ content }) => content.toString("utf8")).join("");
  for (const form of [text, String(html)]) {
    expect(form).toContain(name);
    expect(form).toContain(reason);
    for (const { order } of deliveries) expect(form).toContain(order);
  }
  for (const { id, order } of deliveries) expect(csv).toMatch(new RegExp(`^${order},.*${id}\\r$`, "m"));
}

/**
 * Publishes three statuses into a trouble, waits until it was mailed, mends it, publishes two more and waits until the
 * end was mailed too. Meanwhile nothing may count as delivered; in the end each has arrived once, whole.
 */
export async function goThrough(waybell: Waybell, smtp: SmtpTestServer, trouble: Trouble): Promise<Aftermath> {
  const { id, endpoint, reason, secrets = [], subjects: [begun, over] = SUBJECTS } = trouble;
  const name = `Endpoint of ${id}`;
  const address = `${id}@customer.example`;
  const mails = () => smtp.mails.filter(({ envelope }) => envelope.to.includes(address));
  const mailLike = async (subject: RegExp) => {
    const look = () => mails().find(({ parsed }) => subject.test(parsed.subject ?? ""));
    return eventually(`a mail of ${id} like ${subject}`, look).catch((error: Error) => {
      throw new Error(`${error.message}; those that came: ${mails().map(({ parsed }) => parsed.subject)}`);
    });
  };
  await waybell.putCustomer(id, { language: trouble.language ?? "en" });
  const json = { template: { name: "ontime", options: { format: "json" } } };
  const retry = { schedule: ["0s", ...Array.from({ length: 20 }, () => "3s")] };
  const alerts = { emails: [address] };
  const endpointId = await waybell.addEndpoint(id, { ...json, ...endpoint, name, retry, alerts });
  const statuses = statusesOf(id, trouble.pictures);
  const met = statuses.slice(0, 3);
  // All at once: an array is accepted in sets, and the first one's failure would be mailed before the others are there.
  await waybell.call("POST", `/v1/endpoints/${endpointId}/pause`);
  await waybell.publish(eventsOf(id, met));
  await waybell.call("POST", `/v1/endpoints/${endpointId}/resume`);
  await trouble.begin?.();

  const told = await mailLike(begun);
  const during = await waybell.deliveries(`customer=${id}`);
  expect(during.map(({ order }) => order)).toEqual(met.map(({ order }) => order));
  for (const { state } of during) expect(state).toMatch(/^(pending|sending)$/);
  expect(trouble.arrived()).toEqual([]);
  checkMail(told, name, reason, during);
  const tried = await waybell.delivery(during.find(({ attempts }) => attempts > 0)?.id ?? "");
  const [first] = tried.attemptList;
  const last = tried.attemptList.at(-1);
  expect([tried.fault, tried.lastError]).toEqual([last?.fault, last?.detail]);
  expect(first).toMatchObject({ fault: trouble.fault, code: expect.stringMatching(trouble.code) });
  expect(first?.detail).toMatch(trouble.detail);
  expect(first?.outcome).toMatch(/^(retry|held)$/);

  await trouble.mend(endpointId);
  const after = await waybell.allDelivered(`customer=${id}`, met.length, 40_000);
  // A send that was under way when the cause went may fail after another has succeeded. Three successes end an outage.
  await waybell.publish(eventsOf(id, statuses.slice(3)));
  const all = await waybell.allDelivered(`customer=${id}`, statuses.length);
  const inFull = await Promise.all(all.map((delivery) => waybell.delivery(delivery.id)));
  for (const { fileName, attemptList } of inFull) {
    expect(attemptList.filter(({ outcome }) => outcome === "delivered")).toHaveLength(1);
    expect(attemptList.at(-1)?.outcome).toBe("delivered");
    expect(new Set(attemptList.map(({ sent }) => sent?.fileName ?? fileName))).toEqual(new Set([fileName]));
  }
  expect([...trouble.arrived()].sort()).toEqual(statuses.map(trouble.expected ?? expectedJson).sort());
  if (over) checkMail(await mailLike(over), name, "", after);
  expect(mails()).toHaveLength(over ? 2 : 1);
  const said = mails().map(({ raw, parsed: { text, html } }) => [raw, text, html].join());
  for (const secret of secrets) expect(JSON.stringify(inFull) + said.join()).not.toContain(secret);
  return { deliveries: inFull, mails: mails() };
}
