// Finds the servers that the tests talk to: on the PATH, else (Debian) as packages unpacked into .cache/test-servers.
// They conflict with each other as installed packages, and unpacking changes nothing on the machine; the browser and Python are installed.
import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));
const cache = join(project, ".cache", "test-servers");
const root = join(cache, "root");
const answer = join(cache, "servers.json");

/** What each thing is looked for as, and the Debian packages that bring it. */
const wanted = {
  vsftpd: { file: "vsftpd", packages: ["vsftpd"] },
  proftpd: { file: "proftpd", packages: ["proftpd-core", "proftpd-mod-crypto"] },
  proftpdModules: {
    file: "mod_tls.so",
    folders: (base) => ["usr/lib/proftpd", "usr/libexec/proftpd"].map((folder) => join(base, folder)),
    packages: ["proftpd-mod-crypto"],
  },
  pureFtpd: { file: "pure-ftpd", packages: ["pure-ftpd"] },
  purePw: { file: "pure-pw", packages: ["pure-ftpd-common"] },
  sshd: { file: "sshd", packages: ["openssh-server", "openssh-sftp-server"] },
  // Gives sshd a user and a password of the test's own without touching /etc/passwd.
  nssWrapper: { file: "libnss_wrapper.so", folders: libraryFolders, packages: ["libnss-wrapper"] },
  xmllint: { file: "xmllint", packages: ["libxml2-utils"] },
  // The folder with initdb, postgres and the rest. `postgresql` brings the version that the system stands for.
  postgres: { file: "postgres", folders: postgresFolders, packages: ["postgresql"], isFolder: true },
  // On Debian redis-server is a link to a program of redis-tools.
  redisServer: { file: "redis-server", packages: ["redis-server", "redis-tools"] },
  // Receivers verify signatures with these; on Debian the program of php-cli has its version in its name.
  php: { file: ["php", "php8.2", "php8.3", "php8.4"], packages: ["php-cli"] },
  // Its libraries stand beside its programs.
  mono: { file: "mono-sgen", packages: ["mono-runtime-sgen", "mono-runtime-common"] },
  // The folder with C#'s compiler and its libraries.
  csharp: {
    file: "mcs.exe",
    folders: (base) => [join(base, "usr/lib/mono/4.5")],
    packages: ["mono-mcs"],
    isFolder: true,
  },
  python: { file: "python3", packages: ["python3"], isInstalled: true },
  // Needs its fonts and their configuration at their places: it is installed, which only root can do.
  chromium: { file: "chromium", packages: ["chromium", "fonts-dejavu-core"], isInstalled: true },
};

function libraryFolders(base) {
  return ["lib", "usr/lib"].flatMap((folder) => {
    const full = join(base, folder);
    if (!existsSync(full)) return [];
    const triplets = readdirSync(full).filter((name) => /^[a-z0-9_]+-linux-gnu/.test(name));
    return [...triplets.map((name) => join(full, name)), full];
  });
}

/** Debian keeps each version's programs beside each other and off the PATH: the newest first. */
function postgresFolders(base) {
  const versions = join(base, "usr/lib/postgresql");
  if (!existsSync(versions)) return [];
  const newest = readdirSync(versions).sort((a, b) => Number(b) - Number(a));
  return newest.map((version) => join(versions, version, "bin"));
}

const onPath = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

function usable(path) {
  try {
    accessSync(path, path.includes(".so") ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function find({ file, folders, isFolder = false }) {
  const here = folders ? [...folders("/"), ...(isFolder ? onPath : [])] : onPath;
  const own = folders ? folders(root) : ["usr/sbin", "usr/bin"].map((folder) => join(root, folder));
  const places = [...here, ...own].flatMap((folder) => [file].flat().map((name) => join(folder, name)));
  const found = places.find(usable);
  return found && isFolder ? dirname(found) : found;
}

function findAll() {
  return Object.fromEntries(Object.entries(wanted).map(([name, what]) => [name, find(what)]));
}

function run(command, args, options = {}) {
  return execFileSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 26,
    ...options,
  });
}

function succeeds(command, args) {
  try {
    run(command, args);
    return true;
  } catch {
    return false;
  }
}

function installed(name) {
  try {
    return run("dpkg-query", ["--status", name]).includes("ok installed");
  } catch {
    return false;
  }
}

/** Packages of libraries, and the versioned ones that `postgresql` stands for. */
const NEEDED = /^ *\|?(?:Pre)?Depends: (lib[^\s<>]+|postgresql(?:-client)?-\d+|php\d\.\d-cli)$/gm;
/** PostgreSQL's compiler of queries: 100 MB that it runs without. */
const SPARED = /^libllvm/;

/** The packages, and every library package that they need and the machine lacks. */
function withLibraries(packages) {
  const all = new Set(packages);
  for (let level = packages; level.length > 0; ) {
    const said = run("apt-cache", ["depends", ...level]);
    const needed = [...said.matchAll(NEEDED)].map(([, name]) => name).filter((name) => !SPARED.test(name));
    level = [...new Set(needed)].filter((name) => !all.has(name) && !installed(name));
    for (const name of level) all.add(name);
  }
  return [...all];
}

function download(packages, folder) {
  const get = () => run("apt-get", ["download", ...withLibraries(packages)], { cwd: folder });
  try {
    get();
  } catch {
    // Fresh containers have no package lists at all, and old lists name files that are gone.
    run("apt-get", ["update"]);
    get();
  }
}

function unpack(packages) {
  const folder = join(cache, `download-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    download(packages, folder);
    for (const file of readdirSync(folder)) run("dpkg-deb", ["-x", join(folder, file), root]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lists of packages that are old, or not there at all, are fetched anew. */
function install(packages) {
  const get = () =>
    run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  try {
    get();
  } catch {
    run("apt-get", ["update"]);
    get();
  }
}

function fetch(missing) {
  const packagesOf = (names) => [...new Set(names.flatMap((name) => wanted[name].packages))];
  const installed = missing.filter((name) => wanted[name].isInstalled);
  const unpacked = missing.filter((name) => !wanted[name].isInstalled);
  if (unpacked.length > 0) {
    console.log("Fetching the test servers into .cache/test-servers …");
    unpack(packagesOf(unpacked));
  }
  if (installed.length > 0) {
    console.log(`Installing ${packagesOf(installed).join(", ")} …`);
    install(packagesOf(installed));
  }
}

function missingOf(found) {
  return Object.keys(wanted).filter((name) => !found[name]);
}

function save(found) {
  const libraries = libraryFolders(root).join(delimiter);
  mkdirSync(cache, { recursive: true });
  // Written whole or not at all: two test runs may do this at once.
  const draft = `${answer}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...found, libraries }, null, 2)}\n`);
  renameSync(draft, answer);
}

function cached() {
  try {
    const { libraries: _, ...found } = JSON.parse(readFileSync(answer, "utf8"));
    return Object.keys(wanted).every((name) => typeof found[name] === "string" && usable(found[name]));
  } catch {
    return false;
  }
}

function fail(missing, reason) {
  const packages = [...new Set(missing.flatMap((name) => wanted[name].packages))].join(" ");
  const files = missing.map((name) => wanted[name].file).join(", ");
  console.error(
    `The tests need ${files}: install them (Debian packages: ${packages}) or put them on the PATH${reason}.`,
  );
  process.exit(1);
}

function main() {
  if (cached()) return;
  const missing = missingOf(findAll());
  if (missing.length > 0) {
    if (!succeeds("dpkg-deb", ["--version"]) || !succeeds("apt-get", ["--version"])) fail(missing, "");
    try {
      fetch(missing);
    } catch (error) {
      const said = String(error.stderr || error.message)
        .trim()
        .split("\n")
        .at(-1);
      fail(missing, `; fetching them failed: ${said}`);
    }
  }
  const found = findAll();
  const still = missingOf(found);
  if (still.length > 0) fail(still, "");
  save(found);
}

main();
