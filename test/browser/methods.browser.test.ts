import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testSession, testSessions } from "../console/browser-like.js";
import { startProftpd, startSshd, type TestServer } from "../servers/index.js";
import { expectAccessible, newVisitor, startBrowser, type Visitor } from "../support/browser.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;
let receiver: HttpReceiver;
let ftp: TestServer;
let sftp: TestServer;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  const sessions = testSessions({ operator: testSession({ role: "operator" }) });
  [service, receiver, ftp, sftp, browser] = await Promise.all([
    startTestService(folder, { sessions }),
    startHttpReceiver(),
    startProftpd(),
    startSshd(),
    startBrowser(),
  ]);
  visitor = await newVisitor(browser, service.url);
  await visitor.context.addCookies([{ name: "waybell-session", value: "operator", url: service.url }]);
  page = visitor.page;
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([service?.close(), receiver?.stop(), ftp?.stop(), sftp?.stop()]);
  remove();
});

const button = (name: string) => page.getByRole("button", { name, exact: true });
const field = (label: string) => page.getByLabel(label, { exact: true });
const result = () => page.locator("#tried");
/** Those of a connection test, as they end. */
const steps = () => page.locator("#live-check");

/** Opens the form of a new endpoint of the customer that was made, and chooses the method. */
async function begin(transport: string, name: string): Promise<void> {
  await page.goto("/customers/bolt");
  await page.getByRole("link", { name: "New endpoint" }).click();
  await field("Transport").selectOption(transport);
  await page.locator(`#setting input[name=transport][value=${transport}]`).waitFor({ state: "attached" });
  await field("Name *").fill(name);
}

async function testArrives(): Promise<void> {
  await button("Send a test status").click();
  await result().getByText("It arrived.").waitFor();
}

/** A sample's status is of now: the second may turn between its preview and its test. */
const timeless = (text: string) => text.replace(/(statustime\W+)\d{14}/, "$1…");

async function keep(): Promise<void> {
  await button("Save").click();
  await page.getByText("Created.").waitFor();
}

async function signInto(server: TestServer, directory: string): Promise<void> {
  await field("Server *").fill(server.host);
  await field("Port").fill(String(server.port));
  await field("User name *").fill(server.username);
  await field("Password").fill(server.password);
  await field("Folder").fill(directory);
}

/** The one file that was put there. */
function arrivedIn(server: TestServer): { name: string; text: string } {
  const [name = "", ...others] = readdirSync(server.root);
  expect(others).toEqual([]);
  return { name, text: readFileSync(join(server.root, name), "utf8") };
}

describe("an operator", () => {
  it("makes a customer", async () => {
    await page.goto("/customers");
    await page.getByRole("link", { name: "New customer" }).click();
    await field("Id *").fill("bolt");
    await field("Name").fill("Bolt & Sons");
    await field("E-mail addresses").fill("it@bolt.example");
    await button("Save").click();
    await page.getByRole("heading", { name: "Bolt & Sons" }).waitFor();
    await page.getByText("No endpoint yet").waitFor();
  });

  it("sets HTTP GET up: the request that is previewed arrives", async () => {
    await begin("http-get", "Bolt ERP");
    await field("Address (URL) *").fill(`${receiver.url}/track?shop=7`);
    await button("Preview").click();
    const address = (await page.locator("#preview-address").innerText()).trim();
    expect(address).toContain(`${receiver.url}/track?shop=7&order=`);
    await testArrives();
    const got = receiver.received.at(-1);
    expect([got?.method, timeless(`${receiver.url}${got?.url}`)]).toEqual(["GET", timeless(address)]);
    await keep();
  });

  it("sets HTTP POST up: the JSON that is previewed arrives", async () => {
    await begin("http-post", "Bolt web shop");
    await field("Address (URL) *").fill(`${receiver.url}/hook`);
    await field("Format").selectOption("json");
    await field("API key").fill("planted-api-key-77");
    await button("Preview").click();
    const body = (await page.locator("#preview-body").innerText()).trim();
    await testArrives();
    const got = receiver.received.at(-1);
    expect([got?.method, got?.url, got?.headers["x-api-key"]]).toEqual(["POST", "/hook", "planted-api-key-77"]);
    expect(JSON.parse(timeless(got?.body.toString() ?? ""))).toEqual(JSON.parse(timeless(body)));
    await keep();
    expect(await page.content()).not.toContain("planted-api-key-77");
  });

  it("sets FTP up: each step of the connection is shown, and the XML file that is previewed arrives", async () => {
    await begin("ftp", "Bolt FTP");
    await signInto(ftp, "");
    await field("Encryption").selectOption("none");
    await field("Format").selectOption("xml");
    await button("Preview").click();
    const body = (await page.locator("#preview-body").innerText()).trim();
    await button("Test connection").click();
    await steps().getByText("Delete it").waitFor();
    expect(await steps().locator("li.bad").count()).toBe(0);
    await testArrives();
    const { name, text } = arrivedIn(ftp);
    expect(name).toMatch(/\.xml$/);
    expect(timeless(text.trim())).toBe(timeless(body));
    await expectAccessible(page);
    await keep();
  });

  it("sets SFTP up: the host key that is offered is trusted by one click, and the JSON file arrives", async () => {
    await begin("sftp", "Bolt SFTP");
    await signInto(sftp, sftp.root);
    await field("Format").selectOption("json");
    await button("Test connection").click();
    await steps().getByText(sftp.fingerprint).first().waitFor();
    await expectAccessible(page);
    await button("Trust it").click();
    await expect.poll(() => field("Host key fingerprints").inputValue()).toBe(sftp.fingerprint);
    await button("Test connection").click();
    await steps().getByText("Delete it").waitFor();
    await button("Preview").click();
    const body = (await page.locator("#preview-body").innerText()).trim();
    await testArrives();
    const { name, text } = arrivedIn(sftp);
    expect(name).toMatch(/\.json$/);
    expect(JSON.parse(timeless(text))).toEqual(JSON.parse(timeless(body)));
    await keep();
    expect(visitor.troubles).toEqual([]);
  });

  it("trusts a key of a kept endpoint in its form, where nothing typed is lost, and on its page after a question", async () => {
    await service.call("PUT", "/v1/customers/bolt", {});
    const { host, port, username, password, root } = sftp;
    const made = await service.call<{ id: string }>("POST", "/v1/customers/bolt/endpoints", {
      name: "Bolt archive",
      transport: { type: "sftp", host, port, username, password, directory: root },
      template: { name: "ontime", options: { format: "json" } },
    });
    const kept = async () =>
      (await service.call<{ transport: object }>("GET", `/v1/endpoints/${made.body.id}`)).body.transport;
    await page.goto(`/endpoints/${made.body.id}/edit`);
    await field("Name *").fill("Bolt vault");
    await button("Test connection").click();
    await button("Trust it").click();
    await expect.poll(() => field("Host key fingerprints").inputValue()).toBe(sftp.fingerprint);
    expect(await field("Name *").inputValue()).toBe("Bolt vault");
    expect(await kept()).not.toHaveProperty("hostKey");

    const other = `SHA256:${"A".repeat(43)}`;
    await service.call("PATCH", `/v1/endpoints/${made.body.id}`, { transport: { type: "sftp", hostKey: other } });
    await page.goto(`/endpoints/${made.body.id}`);
    await button("Test connection").click();
    const questions: string[] = [];
    const answer = (accepts: boolean) =>
      page.once("dialog", (dialog) => {
        questions.push(dialog.message());
        return accepts ? dialog.accept() : dialog.dismiss();
      });
    answer(false);
    await button("Trust it").click();
    expect(await kept()).toMatchObject({ hostKey: other });
    answer(true);
    await button("Trust it").click();
    await page.getByText("Saved.").waitFor();
    expect(questions).toEqual([expect.stringContaining(other), expect.stringContaining(other)]);
    expect(await kept()).toMatchObject({ hostKey: sftp.fingerprint });
    await button("Test connection").click();
    await steps().getByText("Delete it").waitFor();
    expect(await button("Trust it").count()).toBe(0);
  });
});
