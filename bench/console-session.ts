import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import type { Service } from "./service.js";

const PASSWORD = "benchmark of the pages 7";

/** Signs in as the first admin, by the link that the service shows as long as there is none: who that is, and the cookie. */
export async function signIn(service: Service, folder: string): Promise<{ user: string; cookie: string }> {
  const file = join(folder, "service.log");
  const log = existsSync(file) ? readFileSync(file, "utf8") : "";
  const link = [...log.matchAll(/https?:\/\/\S+\/welcome\/[\w-]+/g)].at(-1)?.[0];
  if (link === undefined) throw new Error("the service shows no link to make the first admin");
  const form = new URLSearchParams({ email: "bench@example.com", name: "Bench", password: PASSWORD });
  const { pathname } = new URL(link);
  const answer = await request(service.url + pathname, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  const said = await answer.body.text();
  const [cookie] = [answer.headers["set-cookie"] ?? []].flat();
  if (answer.statusCode !== 303 || cookie === undefined)
    throw new Error(`nobody can sign in: ${answer.statusCode} ${said.slice(0, 500)}`);
  const { items } = await service.call<{ items: readonly { id: string }[] }>("GET", "/v1/users");
  return { user: items[0]?.id ?? "", cookie: cookie.split(";")[0] ?? "" };
}
