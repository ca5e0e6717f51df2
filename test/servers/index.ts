export type { ServerOptions, TestServer, Tls } from "./launch.js";
export { startProftpd } from "./proftpd.js";
export { startPureFtpd } from "./pure-ftpd.js";
export { startSshd } from "./sshd.js";
export { startVsftpd } from "./vsftpd.js";
