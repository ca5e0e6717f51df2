import { broken, type Rule, type Told } from "../schemas/rules/rules.js";
/** What a connection is for; each has ports of its own. */
export type PortUse = "http" | "ftp" | "ftp-data" | "sftp";

/** A webhook pointed at one of these would make Waybell send mail for whoever chose the address. */
const MAIL_PORTS: ReadonlySet<number> = new Set([25, 465, 587, 2525]);

/**
 * The ports that browsers refuse for `http:` (Fetch standard, "bad port"): services that could take what is sent to them
 * for commands of their own. No receiver of webhooks listens there, as nothing of the web could reach it.
 */
const BAD_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Of those, where files are brought all the same. */
const OWN_PORTS: Readonly<Record<PortUse, readonly number[]>> = {
  http: [],
  ftp: [21, 990],
  "ftp-data": [20, 989],
  sftp: [22, 115],
};

/** FTP servers give out ports above these for data; below them are services that an upload must not be written to. */
const PRIVILEGED = 1024;

/** Why a port is never connected to, or undefined when it may be. */
export function portRefusal(port: number, use: PortUse): Told<Rule> | undefined {
  if (MAIL_PORTS.has(port)) return broken("mail_port", { port });
  if (OWN_PORTS[use].includes(port)) return undefined;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return broken("no_port", { port });
  const refused = BAD_PORTS.has(port) || (use === "ftp-data" && port < PRIVILEGED);
  return refused ? broken("other_port", { port }) : undefined;
}
