import { type Command, Option } from "commander";
import type { ServerOptions } from "./context.js";
import { defineAccess } from "./define-access.js";
import { defineKeeping } from "./define-keeping.js";
import { defineUsers } from "./define-users.js";
import type { ChangeOptions, DeliveryChange, DeliveryFilter } from "./deliveries.js";
import type { EventOptions, TestOptions } from "./probe.js";
import { type Finish, onServer, wholeNumber, withHelp, withServer } from "./program.js";

const ENDPOINT = "an endpoint's id, or customer/name";
const APPLY_HELP = `
FILE, YAML (.yaml, .yml) or JSON, holds one document, or a list of them:
  { "customer": "acme", "customerSettings": { "language": "fr", "emails": ["it@acme.example"] },
    "endpoints": [ { "name": "Acme ERP", "transport": { "type": "http-post", "url": "https://…" },
                     "template": { "name": "ontime" } } ] }
Endpoints are found by their name within the customer. What the file leaves out stays as it is; nothing is deleted.`;

function withFilter(command: Command): Command {
  return command
    .option("--customer <id>")
    .option("--endpoint <endpoint>", ENDPOINT)
    .option("--event <id>")
    .option("--order <number>", "its number, whole")
    .option("--reference <text>", "whole, of the status change or of its order")
    .option("--barcode <barcode>", "whole")
    .option("--state <state>", "pending, sending, delivered, failed, canceled or undelivered")
    .option("--status <status>", "of the status change: PROCESSING, DELIVERED, WARNING and so on")
    .option("--status-code <code>", "of the status change, such as take")
    .option("--fault <fault>", "config, connection, ambiguous, response or internal")
    .option("--code <code>", "of the last attempt, such as http_503")
    .option("--error <text>", "text that the last error holds, in capitals or not")
    .option("--from <time>", "made at or after this time, or not longer ago than 2h")
    .option("--to <time>", "made before this time, or longer ago than 2h");
}

type Listing = ServerOptions & { readonly limit: number; readonly json: boolean };

function withList(command: Command, limit: number): Command {
  return withServer(command)
    .option("--limit <number>", "show at most so many", wholeNumber(1, 1_000_000), limit)
    .option("--json", "one JSON object a line", false);
}

function defineEndpoints(program: Command, finish: Finish): void {
  const group = program.command("endpoints").description("the webhook settings of the customers");
  const apply = group
    .command("apply <FILE>")
    .description("create or change endpoints as a file says")
    .option("--dry-run", "show what would change, and change nothing", false)
    .option("--json", "what was done, or would be, as JSON", false);
  const applying = ["waybell endpoints apply acme.yaml --dry-run", "waybell endpoints apply acme.json"];
  withHelp(withServer(apply), applying, APPLY_HELP);
  apply.action(async (file: string, options: ServerOptions & { dryRun: boolean; json: boolean }) => {
    const { applyEndpoints } = await import("./apply.js");
    finish(await onServer(options, (client) => applyEndpoints(client, file, options)));
  });

  const exporting = withServer(
    group.command("export <customer>").description("write a customer's endpoints as YAML for apply, secrets masked"),
  );
  exporting.option("--json", "as JSON, which apply reads too", false);
  withHelp(exporting, ["waybell endpoints export acme > acme.yaml"]);
  exporting.action(async (customer: string, options: ServerOptions & { json: boolean }) => {
    const { exportEndpoints } = await import("./endpoint-files.js");
    finish(await onServer(options, (client) => exportEndpoints(client, customer, options)));
  });

  const list = withServer(group.command("list [customer]").description("list endpoints, of one customer or of all"));
  withHelp(list.option("--json", "one JSON object a line", false), ["waybell endpoints list acme"]);
  list.action(async (customer: string | undefined, options: ServerOptions & { json: boolean }) => {
    const { listEndpoints } = await import("./endpoints.js");
    finish(await onServer(options, (client) => listEndpoints(client, customer, options)));
  });

  const show = withServer(group.command("show <endpoint>").description("show one endpoint, secrets masked"));
  show.option("--json", "as JSON, as without this option", false);
  withHelp(show, ["waybell endpoints show 'acme/Acme ERP'"]);
  show.action(async (endpoint: string, options: ServerOptions) => {
    const { showEndpoint } = await import("./endpoints.js");
    finish(await onServer(options, (client) => showEndpoint(client, endpoint)));
  });
  defineSwitches(group, finish);
}

const AS_JSON = ["--json", "the server's answer as JSON", false] as const;

const STOPS = {
  pause: { description: "keep an endpoint's deliveries waiting", more: "" },
  disable: {
    description: "take an endpoint out of use until it is resumed",
    more: "Nothing is sent any more, and no mail tells of it. What waits is kept, that of new events too, and none is given up for\nits age. waybell endpoints resume undoes it, and says what becomes of what waited.",
  },
} as const;

function defineSwitches(group: Command, finish: Finish): void {
  for (const verb of ["pause", "disable"] as const) {
    const { description, more } = STOPS[verb];
    const command = group
      .command(`${verb} <endpoint>`)
      .description(description)
      .option("--reason <text>", "why, for whoever looks at the endpoint")
      .option(...AS_JSON);
    withHelp(withServer(command), [`waybell endpoints ${verb} 'acme/Acme ERP' --reason 'they move house'`], more);
    command.action(async (endpoint: string, options: ServerOptions & { reason?: string; json: boolean }) => {
      const { switchEndpoint } = await import("./endpoints.js");
      const body = options.reason === undefined ? {} : { reason: options.reason };
      finish(await onServer(options, (client) => switchEndpoint(client, verb, endpoint, body, options)));
    });
  }
  const resume = group
    .command("resume <endpoint>")
    .description("send again to an endpoint that was paused or disabled")
    .addOption(
      new Option("--deliveries <choice>", "what becomes of the deliveries that waited")
        .choices(["send-all", "latest-per-order", "cancel"])
        .default("send-all"),
    );
  withHelp(withServer(resume).option(...AS_JSON), [
    "waybell endpoints resume 'acme/Acme ERP' --deliveries latest-per-order",
  ]);
  resume.action(async (endpoint: string, options: ServerOptions & { deliveries: string; json: boolean }) => {
    const { switchEndpoint } = await import("./endpoints.js");
    finish(
      await onServer(options, (client) =>
        switchEndpoint(client, "resume", endpoint, { deliveries: options.deliveries }, options),
      ),
    );
  });
}

const CHANGES: Readonly<Record<DeliveryChange, { description: string; example: string }>> = {
  retry: {
    description: "try deliveries again at once, with the same ids",
    example: "waybell deliveries retry --customer acme --state failed --dry-run",
  },
  cancel: {
    description: "do not send deliveries that wait",
    example: "waybell deliveries cancel --endpoint 'acme/Acme ERP' --state pending",
  },
  replay: {
    description: "send events again, as new deliveries",
    example: "waybell deliveries replay --customer acme --from 24h --yes",
  },
};

function defineDeliveries(program: Command, finish: Finish): void {
  const group = program.command("deliveries").description("what was sent, what waits and what failed");
  const list = withList(withFilter(group.command("list").description("list deliveries, the newest first")), 50);
  withHelp(list, [
    "waybell deliveries list --customer acme --state failed",
    "waybell deliveries list --code http_503 --from 2h --json",
    "waybell deliveries list --reference anc/20221588",
  ]);
  list.action(async (options: Listing & DeliveryFilter) => {
    const { listDeliveries } = await import("./deliveries.js");
    finish(await onServer(options, (client) => listDeliveries(client, options)));
  });

  const show = withServer(
    group.command("show <id>").description("show a delivery and its attempts: sent and received"),
  );
  withHelp(show.option("--json", "as JSON", false), ["waybell deliveries show dlv_01k9…"]);
  show.action(async (id: string, options: ServerOptions & { json: boolean }) => {
    const { showDelivery } = await import("./deliveries.js");
    finish(await onServer(options, (client) => showDelivery(client, id, options)));
  });

  for (const change of ["retry", "cancel", "replay"] as const) {
    const command = group
      .command(`${change} [ids...]`)
      .description(CHANGES[change].description)
      .option("--dry-run", "only say what would happen", false)
      .option("--yes", "do not ask", false)
      .option("--json", "one JSON object for each id, or the count", false);
    const more =
      change === "replay"
        ? "An id is a delivery's: again to the same endpoint; or an event's: again to all that want it."
        : "";
    withHelp(
      withServer(withFilter(command)),
      [`waybell deliveries ${change} dlv_01k9…`, CHANGES[change].example],
      more,
    );
    command.action(async (ids: string[], options: ServerOptions & ChangeOptions) => {
      const { changeDeliveries } = await import("./deliveries.js");
      finish(await onServer(options, (client) => changeDeliveries(client, change, ids, options)));
    });
  }
}

function defineProbes(program: Command, finish: Finish): void {
  type Given = ServerOptions & EventOptions & { readonly json: boolean };
  const described = (name: string, description: string) =>
    withServer(program.command(`${name} <endpoint>`).description(description)).option("--json", "as JSON", false);
  const event = ["--event <file>", "a JSON file with the event to use, else a made-up one"] as const;

  const withEvent = (command: Command) =>
    command
      .option(...event)
      .option("--event-id <id>", "instead of these: an event of the customer that is kept, whole, with its pictures")
      .option("--order <number>", "its order")
      .option("--reference <text>", "its reference")
      .option("--status <code>", "its status code, also one of the partner's own")
      .option("--reason <code>", "the code of its reason, where the format demands one")
      .option("--reason-text <text>", "its reason in words");

  const render = withEvent(described("render", "show what an endpoint would send, without sending it"));
  withHelp(
    render,
    [
      "waybell render 'acme/Acme ERP'",
      "waybell render ep_01k9… --event event.json",
      "waybell render ep_01k9… --event-id evt_01k9…",
    ],
    `ENDPOINT is ${ENDPOINT}.`,
  );
  render.action(async (endpoint: string, options: Given) => {
    const { renderPreview } = await import("./probe.js");
    finish(await onServer(options, (client) => renderPreview(client, endpoint, options)));
  });

  const check = described("check", "try an endpoint's connection, step by step");
  withHelp(check, ["waybell check 'acme/Acme FTP'"], `ENDPOINT is ${ENDPOINT}.`);
  check.action(async (endpoint: string, options: Given) => {
    const { checkEndpoint } = await import("./probe.js");
    finish(await onServer(options, (client) => checkEndpoint(client, endpoint, options)));
  });

  const test = withServer(program.command("test [endpoint]"))
    .description("send one event to an endpoint, marked as a test, and show what came back")
    .option("--json", "as JSON", false)
    .option("--setting <file>", "a JSON file with the setting of an endpoint that is not saved yet")
    .option("--customer <id>", "whose endpoint that would be");
  withHelp(
    withEvent(test),
    [
      "waybell test 'acme/Acme ERP'",
      "waybell test ep_01k9… --order A1 --reference R1 --status take",
      "waybell test ep_01k9… --event-id evt_01k9…",
      "waybell test --setting endpoint.json --customer acme --event event.json",
    ],
    `ENDPOINT is ${ENDPOINT}. What is not given is made up. HTTP receivers can tell a test by the header webhook-test.`,
  );
  test.action(async (endpoint: string | undefined, options: Given & TestOptions) => {
    const { testEndpoint } = await import("./probe.js");
    finish(await onServer(options, (client) => testEndpoint(client, endpoint, options)));
  });
}

/** Adds the commands that speak to the API. */
export function defineApi(program: Command, finish: Finish): void {
  defineEndpoints(program, finish);
  defineDeliveries(program, finish);
  defineProbes(program, finish);

  const customers = program.command("customers").description("who is told");
  const list = withList(customers.command("list").description("list customers"), 100);
  withHelp(list, ["waybell customers list"]);
  list.action(async (options: Listing) => {
    const { listCustomers } = await import("./lists.js");
    finish(await onServer(options, (client) => listCustomers(client, options)));
  });

  const statuses = program.command("statuses").description("the catalogue of status codes");
  const rows = withList(statuses.command("list").description("list the status codes"), 500).option(
    "--search <word>",
    "only rows in which this occurs",
  );
  withHelp(rows, ["waybell statuses list --search geweigerd"]);
  rows.action(async (options: Listing & { search?: string }) => {
    const { listStatuses } = await import("./lists.js");
    finish(await onServer(options, (client) => listStatuses(client, options)));
  });

  defineKeeping(program, finish);
  defineAccess(program, finish);
  defineUsers(program, finish);
}
