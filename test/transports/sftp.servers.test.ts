import ssh2 from "ssh2";
import { sftp } from "../../src/transports/sftp.js";
import { fileHarness, sftpOptions } from "../servers/harness.js";
import { startSshd } from "../servers/index.js";
import { describeTransportContract } from "./contract.js";

const STEPS = ["resolve", "connect", "host-key", "login", "write", "rename", "delete"] as const;
const otherKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).private;

describeTransportContract(
  "OpenSSH, by password",
  fileHarness(
    sftp,
    () => startSshd(),
    (server, port) => sftpOptions(server, "password", port),
    { password: "wrong" },
    STEPS,
  ),
);

describeTransportContract(
  "OpenSSH, by key",
  fileHarness(
    sftp,
    () => startSshd(),
    (server, port) => sftpOptions(server, "key", port),
    { privateKey: otherKey },
    STEPS,
  ),
);
