import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import type { Service } from "./service.js";

const PASSWORD = "benchmark of the pages 7";

/** The cookie of whoever chooses a password by a link. */
async function choosePassword(service: Service, link: string, more: Record<string, string> = {}): Promise<string> {
  const { pathname } = new URL(link);
  const answer = await request(service.url + pathname, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ password: PASSWORD, ...more }).toString(),
  });
  const said = await answer.body.text();
  const [cookie] = [answer.headers["set-cookie"] ?? []].flat();
  if (answer.statusCode !== 303 || cookie === undefined)
    throw new Error(`nobody can sign in: ${answer.statusCode} ${said.slice(0, 500)}`);
  return cookie.split(";")[0] ?? "";
}

/** Signs in as the first admin, by the link that the service shows as long as there is none: who that is, and the cookie. */
export async function signIn(service: Service, folder: string): Promise<{ user: string; cookie: string }> {
  const file = join(folder, "service.log");
  const log = existsSync(file) ? readFileSync(file, "utf8") : "";
  const link = [...log.matchAll(/https?:\/\/\S+\/welcome\/[\w-]+/g)].at(-1)?.[0];
  if (link === undefined) throw new Error("the service shows no link to make the first admin");
  const cookie = await choosePassword(service, link, { email: "bench@example.com", name: "Bench" });
  const { items } = await service.call<{ items: readonly { id: string }[] }>("GET", "/v1/users");
  return { user: items[0]?.id ?? "", cookie };
}

/** Switches a customer's portal on, and signs in as one of its people: the cookie. */
export async function signInAsCustomer(service: Service, customer: string): Promise<string> {
  await service.call("PUT", `/v1/customers/${customer}`, { name: customer, portal: { enabled: true } });
  const person = { email: "portal@example.com", role: "customer", customer };
  const { link } = await service.call<{ link: string }>("POST", "/v1/users", person);
  return choosePassword(service, link);
}
