import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FtpServer, startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { ftp } from "../../src/transports/ftp.js";
import { LOGIN, NAME, TEXT, useOwnFtp } from "../servers/own-ftp.js";
import { makeCertificate } from "../support/certificates.js";
import { errorOf, jsonPayload, streamedBody } from "../support/sending.js";

const own = useOwnFtp();

describe("TLS", () => {
  const certificate = makeCertificate();
  let secure: FtpServer;

  for (const mode of ["explicit", "implicit"] as const) {
    describe(mode, () => {
      beforeEach(async () => {
        secure = await startFtpServer({ root: own.root, ...LOGIN, tls: { mode, ...certificate } });
      });
      afterEach(() => secure.close());
      const secured = (more: Record<string, unknown>) => own.options({ port: secure.port, tls: mode, ...more });

      it("trusts the authority that is given", async () => {
        await ftp.send(jsonPayload(TEXT), secured({ ca: certificate.cert }), own.context());
        expect(own.content()).toBe(TEXT);
      });

      it("trusts the pinned certificate alone", async () => {
        const { body, bytes } = streamedBody(300_000);
        const pinned = secured({ fingerprint: certificate.fingerprint });
        await ftp.send({ contentType: "text/plain", body }, pinned, own.context());
        expect(readFileSync(join(own.root, NAME)).equals(bytes)).toBe(true);
      });

      it("refuses another certificate than the pinned, and names what was offered", async () => {
        const other = secured({ fingerprint: makeCertificate().fingerprint });
        const error = await errorOf(ftp.send(jsonPayload(TEXT), other, own.context()));
        expect(error).toMatchObject({ fault: "connection", code: "tls" });
        expect(error.message).toContain(certificate.fingerprint);
        expect(secure.commands).not.toContain("PASS");
      });

      it("refuses a certificate of nobody, and a check tells its fingerprint", async () => {
        const error = await errorOf(ftp.send(jsonPayload(TEXT), secured({}), own.context()));
        expect(error).toMatchObject({ fault: "connection", code: "tls" });
        const steps = await ftp.check(secured({}), own.context());
        expect(steps.at(-1)).toMatchObject({ step: "tls", ok: false, fingerprint: certificate.fingerprint });
        expect(secure.commands).not.toContain("PASS");
      });
    });
  }

  for (const trust of ["ca", "fingerprint"] as const) {
    it(`sends nothing over a data connection with another certificate, trusting by ${trust}`, async () => {
      const intercepted = { mode: "explicit" as const, ...certificate, data: makeCertificate() };
      secure = await startFtpServer({ root: own.root, ...LOGIN, tls: intercepted });
      try {
        const trusted = trust === "ca" ? { ca: certificate.cert } : { fingerprint: certificate.fingerprint };
        const options = own.options({ port: secure.port, tls: "explicit", ...trusted });
        const error = await errorOf(ftp.send(jsonPayload(TEXT), options, own.context()));
        expect(error).toMatchObject({ fault: "connection" });
        expect(own.names().filter((name) => own.content(name) !== "")).toEqual([]);
      } finally {
        await secure.close();
      }
    });
  }

  it("never falls back to clear text", async () => {
    const error = await errorOf(own.send({ tls: "explicit" }));
    expect(error).toMatchObject({ fault: "connection", code: "tls", status: 502 });
    expect(own.server.commands).not.toContain("PASS");
  });
});
