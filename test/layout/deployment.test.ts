import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { BlockList } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const read = (file: string) => readFileSync(file, "utf8");

const manifest = JSON.parse(read("package.json")) as {
  engines: { node: string };
  scripts: Record<string, string>;
};

/** `node` options of `npm start`, which every way to run the service gives. */
const FLAGS = manifest.scripts.start?.match(/--[a-z0-9-]+=\d+/g) ?? [];

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

function instructionsOf(dockerfile: string): Instruction[] {
  return dockerfile
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });
}

/** Whether the last pattern of a .dockerignore that fits lets a path through. */
function isSent(path: string): boolean {
  let sent = true;
  for (const line of read(".dockerignore").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const pattern = line.replace(/^!/, "");
    const fits = pattern === "*" || path === pattern || path.startsWith(`${pattern}/`);
    if (fits) sent = line.startsWith("!");
  }
  return sent;
}

describe("the Dockerfile", () => {
  const instructions = instructionsOf(read("Dockerfile"));
  const all = (name: string) => instructions.filter((one) => one.name === name).map(({ rest }) => rest);
  const last = (name: string) => all(name).at(-1) ?? "";
  const copies = all("COPY").map((rest) => rest.split(" ").filter((word) => !word.startsWith("--")));
  const fromContext = all("COPY").flatMap((rest, at) =>
    rest.includes("--from=") ? [] : (copies[at] ?? []).slice(0, -1),
  );

  it("has a Node that package.json allows, the same in both stages", () => {
    const images = all("FROM").map((rest) => rest.split(" ")[0]);
    expect(new Set(images).size).toBe(1);
    const [, major = ""] = /^node:(\d+)-/.exec(images[0] ?? "") ?? [];
    const allowed = manifest.engines.node.split("||").map((range) => range.trim());
    expect(
      allowed.some((range) =>
        range.startsWith(">=") ? Number(major) >= Number(range.slice(2)) : range.startsWith(`^${major}.`),
      ),
    ).toBe(true);
  });

  it("copies what exists and what .dockerignore lets through, and no secrets", () => {
    expect(fromContext.length).toBeGreaterThan(5);
    // The schemas of the two databases are made from the template in the image.
    const files = fromContext.flatMap((path) =>
      statSync(path).isDirectory()
        ? readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
        : [path],
    );
    const left = files.filter((file) => statSync(file).isFile() && !isSent(file.replaceAll("\\", "/")));
    const made = /^prisma\/schema\.(sqlite|postgresql)\.prisma$|^src\/store\/generated\//;
    expect(left.filter((file) => !made.test(file))).toEqual([]);
    expect([".env", "data/waybell.db", "data/secrets.keys", "node_modules/a", ".git/config"].filter(isSent)).toEqual(
      [],
    );
  });

  it("runs npm scripts that exist, and no install script of a package", () => {
    const commands = all("RUN").join(" && ");
    for (const [, script = ""] of commands.matchAll(/npm run ([\w:]+)/g))
      expect(manifest.scripts).toHaveProperty(script);
    for (const command of commands.split("&&").filter((part) => /npm (ci|prune)/.test(part)))
      expect(command).toContain("--ignore-scripts");
  });

  it("serves as a user that is not root, gets the signal itself, and says whether it is well", () => {
    expect(last("USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(JSON.parse(last("ENTRYPOINT"))).toEqual(["node", ...FLAGS, "dist/cli.js"]);
    expect(JSON.parse(last("CMD"))).toEqual(["serve"]);
    expect(last("STOPSIGNAL")).toBe("SIGTERM");
    expect(last("HEALTHCHECK")).toMatch(/CMD \["node", .*\/healthz/);
    expect(last("ENV")).toContain("NODE_ENV=production");
    expect(last("ENV")).toContain(`DATABASE_URL=file:${last("VOLUME")}/`);
  });
});

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly build?: string;
  readonly init?: boolean;
  readonly restart: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly stop_grace_period: string;
}

interface Network {
  readonly internal?: boolean;
  readonly ipam?: { readonly config: readonly { readonly subnet?: string; readonly ip_range?: string }[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe("compose.yaml", () => {
  const text = read("compose.yaml");
  const { services, networks, volumes } = parse(text, { merge: true }) as Compose;
  const named = (name: string): Service => {
    const service = services[name];
    if (!service) throw new Error(`There is no service ${name}.`);
    return service;
  };
  const entries = Object.entries(services);
  const ours = entries.filter(([, { build }]) => build !== undefined);
  const roles = ours.map(([, { command = [] }]) => command.join(" "));

  it("has two processes of each role, after the migrations", () => {
    expect(roles.filter((command) => command.startsWith("serve --role api"))).toHaveLength(2);
    expect(roles.filter((command) => command.startsWith("serve --role worker"))).toHaveLength(2);
    expect(roles.filter((command) => command === "migrate")).toHaveLength(1);
    for (const [name, { depends_on }] of ours.filter(([name]) => name !== "migrate"))
      expect([name, depends_on?.migrate?.condition, depends_on?.redis?.condition]).toEqual([
        name,
        "service_completed_successfully",
        "service_healthy",
      ]);
    expect(named("migrate").restart).toBe("no");
    expect(named("migrate").depends_on?.postgres?.condition).toBe("service_healthy");
  });

  it("keeps what was accepted: commits on the disk, a Redis that throws nothing away, volumes", () => {
    expect(named("postgres").command).toEqual(expect.arrayContaining(["-csynchronous_commit=on", "-cfsync=on"]));
    const redis = named("redis").command?.join(" ") ?? "";
    for (const option of ["--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"])
      expect(redis).toContain(option);
    for (const name of ["postgres", "redis"])
      expect(named(name).volumes?.some((volume) => (volume.split(":")[0] ?? "") in volumes)).toBe(true);
  });

  it("publishes the proxy alone, and gives the database and Redis no way out", () => {
    expect(entries.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(["proxy"]);
    expect(networks.back?.internal).toBe(true);
    for (const name of ["postgres", "redis", "migrate"]) expect(named(name).networks).toEqual(["back"]);
    expect(Object.keys(named("proxy").networks)).toEqual(["front"]);
  });

  it("believes its own proxy of where clients come from, or all of them would be throttled as one", () => {
    const own = named("proxy").networks;
    const address = ("front" in own && own.front?.ipv4_address) || "";
    expect(named("api-1").environment?.TRUST_PROXY).toBe(`\${TRUST_PROXY:-${address}}`);
    const [{ subnet = "", ip_range: given = "" } = {}] = networks.front?.ipam?.config ?? [];
    const within = (network: string) => {
      const [base = "", bits] = network.split("/");
      const list = new BlockList();
      list.addSubnet(base, Number(bits));
      return list.check(address);
    };
    expect([within(subnet), within(given)]).toEqual([true, false]);
    expect(read("deploy/haproxy.cfg")).toMatch(/^ {2}option forwardfor$/m);
  });

  it("runs everything with the least rights, and gives it the time to stop", () => {
    for (const [name, service] of entries) {
      expect([name, service.read_only, service.cap_drop, service.security_opt]).toEqual([
        name,
        true,
        ["ALL"],
        ["no-new-privileges:true"],
      ]);
      expect([name, Number.parseInt(service.stop_grace_period, 10) > 10]).toEqual([name, true]);
      // Those of ours have the one of the Dockerfile; haproxy's image has a user of its own.
      if (service.build === undefined) expect([name, service.healthcheck?.test?.length]).not.toEqual([name, undefined]);
    }
    for (const name of ["postgres", "redis"]) expect(named(name).user).toBe(name === "postgres" ? "postgres" : "redis");
    expect(ours.filter(([, { healthcheck }]) => healthcheck?.disable).map(([name]) => name)).toEqual(["migrate"]);
    expect(ours.every(([, { init }]) => init === true)).toBe(true);
  });

  it("hands every setting on, and documents every variable", () => {
    const settings = Array.from(read(".env.example").matchAll(/^#?([A-Z_]+)=/gm), ([, name = ""]) => name);
    // What belongs to compose.yaml alone is told in its comments.
    const own = Array.from(text.matchAll(/^# {3}([A-Z_]+) {2,}/gm), ([, name = ""]) => name);
    const documented = new Set([...settings, ...own]);
    const used = new Set(Array.from(text.matchAll(/\$\{([A-Z_]+)/g), ([, name]) => name));
    expect([...used].filter((name) => name && !documented.has(name))).toEqual([]);
    const given = Object.keys(named("api-1").environment ?? {});
    // PORT and HOST are set in the image.
    expect(settings.filter((name) => !["PORT", "HOST", ...given].includes(name))).toEqual([]);
    for (const [name, { environment }] of ours) expect([name, environment]).toEqual([name, named("api-1").environment]);
  });

  it("has every API behind the proxy, and mounts files that exist", () => {
    const proxy = read("deploy/haproxy.cfg");
    const apis = ours.filter(([, { command }]) => command?.includes("api")).map(([name]) => name);
    for (const api of apis) {
      expect(proxy.match(new RegExp(`server ${api} ${api}:8080`, "g"))).toHaveLength(2);
      expect(named("proxy").depends_on?.[api]?.condition).toBe("service_healthy");
    }
    expect(proxy).toMatch(/^ {2}retry-on conn-failure$/m);
    for (const [, { volumes: mounts = [] }] of entries)
      for (const mount of mounts.filter((one) => one.startsWith(".")))
        expect([mount, existsSync(mount.split(":")[0] ?? "")]).toEqual([mount, true]);
  });
});

describe("the systemd units", () => {
  it("start the service as npm start does, and stop it as it wants to be stopped", () => {
    for (const file of ["deploy/waybell.service", "deploy/waybell-worker@.service"]) {
      const unit = read(file);
      expect(unit).toContain(`/usr/bin/node ${FLAGS.join(" ")} dist/cli.js serve`);
      // A signal to all processes of a group would be the second one for those that the main process tells.
      expect(unit).toMatch(/^KillMode=mixed$/m);
      expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(10);
      for (const line of ["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "Restart=on-failure"])
        expect(unit.split("\n")).toContain(line);
    }
  });
});
