import { ftp } from "../../src/transports/ftp.js";
import { fileHarness, ftpOptions } from "../servers/harness.js";
import { startProftpd, startPureFtpd, startVsftpd, type Tls } from "../servers/index.js";
import { describeTransportContract } from "./contract.js";

const SERVERS = [
  ["vsftpd", startVsftpd, ["none", "explicit", "implicit"]],
  ["ProFTPD", startProftpd, ["none", "explicit", "implicit"]],
  // It has no implicit TLS.
  ["Pure-FTPd", startPureFtpd, ["none", "explicit"]],
] as const;

const steps = (tls: Tls) =>
  tls === "none"
    ? (["resolve", "connect", "login", "write", "rename", "delete"] as const)
    : (["resolve", "connect", "tls", "login", "write", "rename", "delete"] as const);

for (const [name, start, modes] of SERVERS) {
  for (const tls of modes) {
    describeTransportContract(
      `${name}, TLS ${tls}`,
      fileHarness(ftp, () => start({ tls }), ftpOptions, { password: "wrong" }, steps(tls)),
    );
  }
}
