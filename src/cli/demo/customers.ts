import type { CustomerInput, EndpointInput, EventInput } from "../../types.js";

/** How a customer of the demo wants to be told, as ON TIME calls it. */
export type Method = "URL/GET" | "URL/POST" | "FTP/JSON" | "FTP/XML" | "SFTP/XML";

export interface DemoEndpoint {
  readonly customer: string;
  readonly method: Method;
  readonly settings: EndpointInput;
  /** Whether this endpoint is to be told of this event, by the demo's own reading of the settings above. */
  wants(event: EventInput): boolean;
}

/** Where the receivers listen, and what they want to be shown. */
export interface Addresses {
  readonly getUrl: string;
  readonly postUrl: string;
  readonly postKey: string;
  readonly ftp: { readonly port: number; readonly username: string; readonly password: string };
  readonly sftp: {
    readonly port: number;
    readonly username: string;
    readonly password: string;
    readonly hostKey: string;
  };
}

export const CUSTOMERS: Readonly<Record<string, CustomerInput>> = {
  "bakkerij-janssens": { name: "Bakkerij Janssens", language: "nl", emails: ["it@bakkerij-janssens.example"] },
  "pharma-du-nord": { name: "Pharma du Nord", language: "fr", emails: ["logistique@pharma-du-nord.example"] },
  "meubelen-claes": { name: "Meubelen Claes", language: "nl", emails: ["edi@meubelen-claes.example"] },
  "port-trade": { name: "Port & Trade", language: "en", emails: ["customs@port-trade.example"] },
};

/** The customer whose web server goes down during the demo. */
export const UNLUCKY = "pharma-du-nord";

/** Quick, so that the outage is over while one looks on. */
const RETRY = { schedule: ["0s", "1s", "1s", "2s", "2s", "3s", "3s", "5s", "5s", "5s"] };
const FINAL = ["finished", "AF (AFGEWERKT)"];

function httpEndpoints({ getUrl, postUrl, postKey }: Addresses): DemoEndpoint[] {
  return [
    {
      customer: "bakkerij-janssens",
      method: "URL/GET",
      settings: {
        name: "Webshop",
        transport: { type: "http-get", url: `${getUrl}/status?shop=7` },
        template: { name: "ontime" },
        retry: RETRY,
      },
      wants: ({ customer }) => customer === "bakkerij-janssens",
    },
    {
      customer: UNLUCKY,
      method: "URL/POST",
      settings: {
        name: "ERP",
        transport: { type: "http-post", url: `${postUrl}/hooks/waybell`, apiKey: postKey },
        template: { name: "ontime" },
        retry: RETRY,
      },
      wants: ({ customer }) => customer === UNLUCKY,
    },
  ];
}

function fileEndpoints({ ftp, sftp }: Addresses): DemoEndpoint[] {
  const ftpTransport = (directory: string) => ({
    type: "ftp",
    host: "127.0.0.1",
    port: ftp.port,
    tls: "none",
    username: ftp.username,
    password: ftp.password,
    directory,
    createDirectory: true,
  });
  return [
    {
      customer: "meubelen-claes",
      method: "FTP/JSON",
      settings: {
        name: "EDI",
        transport: ftpTransport("/claes"),
        template: { name: "ontime", options: { format: "json" } },
        retry: RETRY,
      },
      wants: ({ customer }) => customer === "meubelen-claes",
    },
    {
      customer: "port-trade",
      method: "FTP/XML",
      settings: {
        name: "Customs desk",
        transport: ftpTransport("/port-trade"),
        template: { name: "ontime", options: { format: "xml" } },
        retry: RETRY,
      },
      wants: ({ customer }) => customer === "port-trade",
    },
    {
      customer: "port-trade",
      method: "SFTP/XML",
      settings: {
        name: "Archive",
        transport: {
          type: "sftp",
          host: "127.0.0.1",
          port: sftp.port,
          username: sftp.username,
          password: sftp.password,
          hostKey: sftp.hostKey,
          directory: "/archive",
          createDirectory: true,
        },
        template: { name: "ontime", options: { format: "xml" } },
        filter: { statusCodes: FINAL },
        retry: RETRY,
      },
      wants: ({ customer, statusCode }) => customer === "port-trade" && FINAL.includes(statusCode),
    },
  ];
}

/** The endpoints that the demo configures. */
export function demoEndpoints(addresses: Addresses): DemoEndpoint[] {
  return [...httpEndpoints(addresses), ...fileEndpoints(addresses)];
}
