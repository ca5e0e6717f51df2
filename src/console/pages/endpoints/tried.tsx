import type { VNode } from "preact";
import type { Problem } from "../../../schemas/problem.js";
import type { PageAnswer, SignedIn } from "../../page.js";
import type { Subject } from "./edit.js";
import { liveParts } from "./live-check.js";
import { patchOf, pinnedBy } from "./setting.js";
import type { Asked } from "./setting-form.js";
import {
  type Check,
  CheckPanel,
  type CheckStep,
  FillButton,
  type Preview,
  PreviewPanel,
  type Test,
  TestPanel,
} from "./try-out.js";

/** Which kept event is to be tried with; nothing: a sample. */
export function eventAsked({ form }: SignedIn): { eventId?: string } {
  const eventId = (form.get("event") ?? "").trim();
  return eventId === "" ? {} : { eventId };
}

/** What is asked of the API to try the setting of a form out. */
function triedBody(page: SignedIn, { customer, held, setting }: Subject, action: Exclude<Asked, "save">) {
  const given = action === "check" ? {} : eventAsked(page);
  const endpoint = held ? patchOf(setting, held) : setting;
  return { customer, action, endpoint, ...(held ? { basedOn: held.id } : {}), ...given };
}

/** The button that trusts what a step was offered: in the form, which may name another server than what is kept. */
function pinOf({ setting }: Subject) {
  return ({ fingerprint = "" }: CheckStep) => (
    <FillButton option={pinnedBy(setting.transport.type)} fingerprint={fingerprint} />
  );
}

interface TriedOut {
  readonly shown: VNode;
  /** Faults of the setting that it has found. */
  readonly found?: Problem["errors"] | undefined;
}

/** What the setting of a form would do: shown without being kept. Throws InputError. */
export async function tryOut(page: SignedIn, subject: Subject, action: Exclude<Asked, "save">): Promise<TriedOut> {
  const answer = await page.read<unknown>("testUnsavedEndpoint", { body: triedBody(page, subject, action) });
  if (action === "preview") {
    const method = subject.setting.transport.type === "http-get" ? "GET" : "POST";
    return { shown: <PreviewPanel preview={answer as Preview} method={method} /> };
  }
  if (action === "check") return { shown: <CheckPanel check={answer as Check} pin={pinOf(subject)} /> };
  const test = answer as Test;
  return { shown: <TestPanel test={test} />, found: test.errors };
}

/** The steps of a connection test, as each ends. Throws InputError. */
export async function liveCheck(page: SignedIn, subject: Subject): Promise<PageAnswer> {
  const body = triedBody(page, subject, "check");
  return liveParts(page, await page.call("testUnsavedEndpoint", { query: { live: "true" }, body }), pinOf(subject));
}
