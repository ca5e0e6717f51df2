import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useFakeApi } from "./against-fake.js";
import { FakeProblem } from "./fake-api.js";

const fake = useFakeApi();
const { answer, waybell } = fake;

describe("endpoints apply", () => {
  const THERE = {
    id: "ep_1",
    customer: "acme",
    order: null,
    name: "ERP",
    transport: { type: "http-post", url: "https://acme.example/in?token=t0ken", apiKey: "********" },
    template: { name: "ontime", options: {} },
    timeoutSeconds: 15,
  };

  const NEW = {
    name: "New",
    transport: { type: "http-post", url: "https://acme.example/new" },
    template: { name: "ontime" },
  };

  function fileOf(endpoints: object[], more: object = {}): string {
    const file = join(fake.folder, "acme.json");
    writeFileSync(file, JSON.stringify({ customer: "acme", ...more, endpoints }));
    return file;
  }

  function withAcme(): void {
    answer("GET /v1/customers/acme", { id: "acme", language: "nl", emails: [], createdAt: "2026-03-01T00:00:00Z" });
    answer("GET /v1/customers/acme/endpoints", { items: [THERE], next: null });
    answer("POST /v1/customers/acme/endpoints", { id: "ep_2" });
    answer("PATCH /v1/endpoints/ep_1", THERE);
    answer("PUT /v1/customers/acme", {});
    answer("POST /v1/test", {});
  }

  const changes = () => fake.asked.filter(([route]) => !route.startsWith("GET") && route !== "POST /v1/test");
  const judged = () => fake.asked.filter(([route]) => route === "POST /v1/test").map(([, body]) => body);

  it("creates what is missing, changes what differs, and leaves alone what agrees", async () => {
    withAcme();
    const archive = {
      name: "Archive",
      transport: { type: "ftp", host: "ftp.acme.example", directory: "in", password: "s3cret" },
    };
    const { code, out } = await waybell("endpoints", "apply", fileOf([{ name: "ERP", timeoutSeconds: 30 }, archive]));
    expect(code).toBe(0);
    expect(out).toContain("~ acme / ERP\n    timeoutSeconds: 15 → 30\n");
    expect(out).toContain("+ acme / Archive\n    ftp ftp.acme.example in\n");
    expect(out).toContain("1 created, 1 changed, 0 as they are");
    expect(changes()).toEqual([
      ["PATCH /v1/endpoints/ep_1", { name: "ERP", timeoutSeconds: 30 }],
      ["POST /v1/customers/acme/endpoints", archive],
    ]);
    const same = await waybell("endpoints", "apply", fileOf([{ name: "ERP", timeoutSeconds: 15 }]));
    expect(same.out).toContain("= acme / ERP: as it is");
    expect(changes()).toHaveLength(2);
  });

  it("shows with --dry-run what would change, and changes nothing", async () => {
    withAcme();
    const { code, out } = await waybell(
      "endpoints",
      "apply",
      fileOf([{ name: "ERP", timeoutSeconds: 30 }]),
      "--dry-run",
    );
    expect(code).toBe(0);
    expect(out).toContain("0 would be created, 1 would be changed");
    expect(changes()).toEqual([]);
  });

  it("never prints a secret, neither of the file nor of an address", async () => {
    withAcme();
    const secrets = {
      apiKey: "k3y",
      url: "https://acme.example/out?token=n3w",
      headers: { authorization: "Bearer h1dden" },
    };
    const { out, err } = await waybell(
      "endpoints",
      "apply",
      fileOf([
        { name: "ERP", transport: { type: "http-post", ...secrets } },
        { name: "Other", transport: { type: "unheard-of", token: "x9x9", url: "https://u:pw0@o.example/?t=q1q1" } },
      ]),
    );
    expect(out).toContain("transport.url: https://acme.example/in?… → https://acme.example/out?…");
    expect(out).toContain("transport.apiKey: set again (a secret cannot be compared)");
    for (const secret of ["k3y", "n3w", "h1dden", "x9x9", "pw0", "q1q1", "t0ken"])
      expect(out + err).not.toContain(secret);
  });

  it("sees that a member of a nested option was left out, and prints no secret of it", async () => {
    withAcme();
    const auth = { type: "oauth2", tokenUrl: "https://id.example/t?key=t1t1", clientId: "c", clientSecret: "********" };
    const there = { ...THERE, transport: { ...THERE.transport, auth: { ...auth, scope: "orders" } } };
    answer("GET /v1/customers/acme/endpoints", { items: [there], next: null });
    const apply = (given: object) =>
      waybell("endpoints", "apply", fileOf([{ name: "ERP", transport: { type: "http-post", auth: given } }]));
    const same = await apply({ ...auth, scope: "orders" });
    expect(same.out).toContain("= acme / ERP: as it is");
    const less = await apply({ ...auth, tokenUrl: "https://id.example/u?key=t2t2", clientSecret: "s3cret" });
    expect(less.out).toContain('transport.auth.scope: "orders" → (not set)');
    expect(less.out).toContain("transport.auth.clientSecret: set again (a secret cannot be compared)");
    expect(less.out).toContain("transport.auth.tokenUrl: https://id.example/t?… → https://id.example/u?…");
    const other = await apply({ type: "basic", username: "waybell", password: "pa55" });
    expect(other.out).toContain("transport.auth.password: (not set) → (not shown)");
    for (const text of [less.out, less.err, other.out, other.err]) expect(text).not.toMatch(/t1t1|t2t2|s3cret|pa55/);
    expect(changes().at(-1)).toEqual([
      "PATCH /v1/endpoints/ep_1",
      { name: "ERP", transport: { type: "http-post", auth: { type: "basic", username: "waybell", password: "pa55" } } },
    ]);
  });

  it("prints no secret where none was set before: of a group, of a template, or one that is no text", async () => {
    withAcme();
    const body = {
      name: "ERP",
      transport: { type: "http-post", auth: { type: "basic", username: "waybell", password: 90210 }, pasword: "typ0" },
      template: { name: "trackingmore", options: { email: "s1gned@b.example", requireStatus200: true } },
    };
    const { out, err } = await waybell("endpoints", "apply", fileOf([body]), "--dry-run");
    expect(out).toContain("transport.auth: (not set) → (not shown)");
    expect(out).toContain("template.options.email: (not set) → (not shown)");
    expect(out).toContain("template.options.requireStatus200: (not set) → true");
    for (const secret of ["90210", "typ0", "s1gned"]) expect(out + err).not.toContain(secret);
  });

  it("reads back as YAML what was exported, and finds nothing to change", async () => {
    withAcme();
    const { code, out } = await waybell("endpoints", "export", "acme");
    expect(code).toBe(0);
    expect(out).toContain("customer: acme\n");
    expect(out).toContain("********");
    const file = join(fake.folder, "acme.yaml");
    writeFileSync(file, out);
    const same = await waybell("endpoints", "apply", file);
    expect(same).toMatchObject({ code: 0, out: expect.stringContaining("0 created, 0 changed, 1 as they are") });
    expect(changes()).toEqual([]);
    writeFileSync(file, out.replace("timeoutSeconds: 15", "timeoutSeconds: 20"));
    expect((await waybell("endpoints", "apply", file)).out).toContain("timeoutSeconds: 15 → 20");
    writeFileSync(file, "customer: acme\nendpoints:\n  - name: [\n");
    const broken = await waybell("endpoints", "apply", file);
    expect(broken).toMatchObject({ code: 1, err: expect.stringMatching(/cannot be read as YAML[\s\S]*line [34]:/) });
  });

  it("makes a missing customer, and changes only what the file says of one that is there", async () => {
    withAcme();
    fake.api.routes.delete("GET /v1/customers/acme");
    fake.api.routes.delete("GET /v1/customers/acme/endpoints");
    await waybell("endpoints", "apply", fileOf([], { customerSettings: { language: "fr" } }));
    expect(changes()).toEqual([["PUT /v1/customers/acme", { language: "fr" }]]);
    fake.asked.length = 0;
    withAcme();
    const { out } = await waybell("endpoints", "apply", fileOf([], { customerSettings: { language: "fr" } }));
    expect(out).toContain('~ acme\n    language: "nl" → "fr"\n');
    expect(changes()).toEqual([["PUT /v1/customers/acme", { language: "fr", emails: [] }]]);
  });

  it("names everything that is wrong with the file", async () => {
    const file = join(fake.folder, "wrong.json");
    writeFileSync(file, JSON.stringify([{ endpoints: [{}, { name: "a" }, { name: "a" }], colour: "red" }]));
    const { code, err } = await waybell("endpoints", "apply", file);
    expect(code).toBe(1);
    expect(err).toContain("/0/customer: is missing");
    expect(err).toContain("/0/endpoints/0/name: is missing");
    expect(err).toContain("/0/endpoints/2/name: stands here twice");
    expect(err).toContain("/0/colour: is not a known field");
  });

  it("goes on after a refusal, and exits with 1", async () => {
    withAcme();
    fake.api.routes.delete("POST /v1/customers/acme/endpoints");
    const { code, out, err } = await waybell("endpoints", "apply", fileOf([NEW, { name: "ERP", timeoutSeconds: 20 }]));
    expect(code).toBe(1);
    expect(err).toContain("acme / New: The server said no (404)");
    expect(out).toContain("0 created, 1 changed, 0 as they are, 1 refused");
  });

  it("judges every setting as it would be, and changes none where one is refused", async () => {
    withAcme();
    fake.api.routes.set("POST /v1/test", (body) => {
      fake.asked.push(["POST /v1/test", body]);
      const { endpoint } = body as { endpoint: { name: string } };
      if (endpoint.name !== "New") return {};
      throw new FakeProblem(422, [{ path: "/endpoint/transport/url", message: "is no address" }]);
    });
    const file = fileOf([{ name: "ERP", timeoutSeconds: 20 }, NEW]);
    for (const more of [["--dry-run"], []]) {
      const { code, out, err } = await waybell("endpoints", "apply", file, ...more);
      expect(code).toBe(1);
      expect(err).toMatch(/^acme \/ New: The server said no \(422\).*\n {2}transport\/url: is no address\n$/);
      expect(out).toContain("0 would be created, 1 would be changed, 0 as they are, 1 would be refused");
      expect(out.includes("Nothing was changed.")).toBe(more.length === 0);
    }
    expect(changes()).toEqual([]);
    expect(judged()[0]).toEqual({
      customer: "acme",
      action: "preview",
      basedOn: "ep_1",
      endpoint: { name: "ERP", timeoutSeconds: 20 },
    });
    expect(judged()[1]).toEqual({ customer: "acme", action: "preview", endpoint: NEW });
  });

  it("takes no notice of what is said of the sample", async () => {
    withAcme();
    fake.api.routes.set("POST /v1/test", () => {
      throw new FakeProblem(422, [
        { path: "/template", message: "cannot render this" },
        { path: "/event/statusCode", message: "is not in the catalogue" },
      ]);
    });
    const { code } = await waybell("endpoints", "apply", fileOf([{ name: "ERP", timeoutSeconds: 20 }]), "--dry-run");
    expect(code).toBe(0);
  });

  it("judges the settings of a customer that is not there yet, in another's name or by its own rules", async () => {
    const file = fileOf([{ ...NEW, transport: { type: "http-post" } }], { customerSettings: { language: "fr" } });
    const alone = await waybell("endpoints", "apply", file);
    expect(alone.code).toBe(1);
    expect(alone.err).toContain("acme / New: It has faulty fields.\n  transport/url: is missing");
    answer("POST /v1/test", {});
    answer("GET /v1/customers", { items: [{ id: "other" }], next: null });
    expect((await waybell("endpoints", "apply", file, "--dry-run")).code).toBe(0);
    expect(judged()).toMatchObject([{ customer: "other", endpoint: { name: "New" } }]);
    expect(changes()).toEqual([]);
  });

  it("judges the customer's own settings before it changes any", async () => {
    withAcme();
    const { code, err } = await waybell("endpoints", "apply", fileOf([NEW], { customerSettings: { language: "xx" } }));
    expect(code).toBe(1);
    expect(err).toMatch(/^acme: It has faulty fields.\n {2}language: must be/);
    expect(changes()).toEqual([]);
  });

  it("tells with --json what was done, and nothing else", async () => {
    withAcme();
    const { code, out } = await waybell("endpoints", "apply", fileOf([{ name: "ERP", timeoutSeconds: 20 }]), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      changed: true,
      create: 0,
      change: 1,
      same: 0,
      refused: [],
      customers: [{ customer: "acme", action: "same", changes: [] }],
      endpoints: [{ customer: "acme", name: "ERP", action: "change", changes: ["timeoutSeconds: 15 → 20"] }],
    });
  });
});
