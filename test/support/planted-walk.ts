import { parseHTML } from "../console/html.js";
import { cookieOf, everyPageOf, everyReader } from "./console-walk.js";
import { startHttpReceiver } from "./http-receiver.js";
import { plantEverywhere } from "./planted-texts.js";
import { startTestService, temporaryFolder } from "./service.js";

export type PlantedWalk = Awaited<ReturnType<typeof startPlanted>>;

/** A service with a planted text in every field, and in the answers of a receiver, whose media type is `answerType`. */
export async function startPlanted(plant: (what: string) => string, answerType: string) {
  const { folder, remove } = temporaryFolder();
  const receiver = await startHttpReceiver();
  receiver.answer = (_request, response) =>
    void response.writeHead(500, { "content-type": answerType }).end(plant("answer"));
  const service = await startTestService(folder);

  async function ask(method: string, path: string, body?: unknown) {
    const answer = await service.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  const endpoint = await plantEverywhere(service, receiver.url, ask, plant);
  return {
    service,
    ask,
    /** The id of an endpoint. */
    endpoint,
    /** Reads every page as each role sees it, and what the form of the endpoint says after each of its buttons. */
    async readEvery(language: string, read: (html: string, where: string, headers: Headers) => void) {
      const readers = await everyReader(service.url, ask);
      await everyPageOf(readers, async (reader, path) => {
        const headers = { cookie: cookieOf(reader), accept: "text/html", "accept-language": language };
        const response = await fetch(new URL(path, service.url), { headers, redirect: "manual" });
        const html = await response.text();
        if (!response.headers.get("content-type")?.includes("html")) return "";
        read(html, path, response.headers);
        return html;
      });
      const [{ browser } = { browser: null }] = readers;
      const form = parseHTML((await browser?.get(`/endpoints/${endpoint}/edit`))?.html ?? "", "setting");
      for (const asked of ["preview", "check", "test"]) {
        const reply = await browser?.post(`/endpoints/${endpoint}/edit`, { ...form, do: asked });
        read(reply?.html ?? "", `${asked} of ${endpoint}`, new Headers());
      }
    },
    async close() {
      await service.close();
      await receiver.stop();
      remove();
    },
  };
}
