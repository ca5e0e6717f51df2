export type { ServerOptions, TestServer, Tls } from "./launch.js";
export { type PostgresServer, startPostgres } from "./postgres.js";
export { startProftpd } from "./proftpd.js";
export { startPureFtpd } from "./pure-ftpd.js";
export { type RedisServer, startRedis } from "./redis.js";
export { startSshd } from "./sshd.js";
export { startVsftpd } from "./vsftpd.js";
