import { Readable } from "node:stream";
import type { ComponentChildren } from "preact";
import { NDJSON } from "../../../api/ndjson.js";
import type { Answer } from "../../../api/operation.js";
import { usePage } from "../../components/use-page.js";
import type { PageAnswer, SignedIn } from "../../page.js";
import { renderPart } from "../../render.js";
import { endpoints as words } from "../../words/endpoints.js";
import { type Check, CheckOutcome, type CheckStep, StepItem } from "./try-out.js";

/** The element that the script shows the steps in, for the buttons that begin them. */
export const LIVE = "live-check";

/** Whether the script of the page asks, which shows each step as it ends. */
export const wantsLive = ({ request }: SignedIn): boolean => request.headers["waybell-live"] === "true";

type Pin = ((step: CheckStep) => ComponentChildren) | null;

/** Each line of the API's answer as the part of the page that shows it; a space for what keeps the connection open. */
async function* partsOf(page: SignedIn, body: Readable, pin: Pin): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of body.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length === 0) yield " ";
    for (const line of lines) {
      const told = JSON.parse(line) as CheckStep | Check;
      const part =
        "steps" in told
          ? { end: renderPart(page, <CheckOutcome ok={told.ok} />) }
          : { step: renderPart(page, <StepItem step={told} pin={pin} />) };
      yield `${JSON.stringify(part)}\n`;
    }
  }
}

/** A live check of the API as parts of the page, a line each: `{step}` as each ends, and `{end}` once all have. */
export function liveParts(page: SignedIn, { body }: Answer, pin: Pin): PageAnswer {
  const parts = partsOf(page, body as Readable, pin);
  return { file: { status: 200, contentType: NDJSON, body: Readable.from(parts, { objectMode: false }) } };
}

/** Where the script shows a check; nothing is seen of it until then. */
export function LiveCheck() {
  const { t } = usePage();
  return (
    <section class="panel" id={LIVE} hidden>
      <div class="panel-head">
        <h2>{t(words.check)}</h2>
      </div>
      <ol class="timeline" aria-live="polite" data-steps />
      <div data-busy>
        <p class="muted" id={`${LIVE}-busy`}>
          {t(words.checking)}
        </p>
        <progress aria-labelledby={`${LIVE}-busy`} />
      </div>
      <div aria-live="polite" data-end />
      <div role="alert">
        <p class="notice bad" data-broken hidden>
          {t(words.checkBroken)}
        </p>
      </div>
    </section>
  );
}
