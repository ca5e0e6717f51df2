import type { ComponentChildren } from "preact";
import type { Static } from "typebox";
import { failureReason } from "../../../reasons/reasons.js";
import type { TestAnswer } from "../../../schemas/delivery.js";
import type { Problem } from "../../../schemas/problem.js";
import { Badge, Code, Facts, Panel, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { isolated } from "../../reading-direction.js";
import { Refusal } from "../../refusal.js";
import { StepText } from "../../told.js";
import { checkSteps, endpoints as words } from "../../words/endpoints.js";

export interface Preview {
  readonly contentType: string;
  readonly fileName: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly unmapped: readonly string[];
}

export interface CheckStep {
  readonly step: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly code?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly durationMs: number;
  readonly fingerprint?: string;
}

export interface Check {
  readonly ok: boolean;
  readonly steps: readonly CheckStep[];
}

export type Test = Static<typeof TestAnswer>;

/** What would be sent, to the byte. */
export function PreviewPanel({ preview, method }: { readonly preview: Preview; readonly method: string }) {
  const { t } = usePage();
  const headers = Object.entries(preview.headers);
  return (
    <Panel title={t(words.previewOf)}>
      {preview.url !== null && (
        <Code id="preview-address" label={method}>
          {preview.url}
        </Code>
      )}
      {headers.length > 0 && (
        <Code id="preview-headers" label={t(words.headers)}>
          {headers.map(([name, value]) => `${name}: ${value}`).join("\n")}
        </Code>
      )}
      {preview.body !== "" && (
        <Code id="preview-body" label={preview.fileName ?? preview.contentType}>
          {preview.body}
        </Code>
      )}
      {preview.unmapped.length > 0 && (
        <p class="notice warn">
          {t(words.unmapped)} {preview.unmapped.map(isolated).join(", ")}
        </p>
      )}
    </Panel>
  );
}

interface PinProps {
  /** Makes the button that trusts what was offered; null: it cannot be. */
  readonly pin: ((step: CheckStep) => ComponentChildren) | null;
}

/** One step of a connection test. */
export function StepItem({ step, pin }: PinProps & { readonly step: CheckStep }) {
  const { t, format } = usePage();
  const word = checkSteps[step.step];
  return (
    <li class={step.ok ? "good" : "bad"}>
      <strong>{word ? t(word) : step.step}</strong>{" "}
      <Badge tone={step.ok ? "good" : "bad"}>{t(step.ok ? words.stepOk : words.stepFailed)}</Badge>{" "}
      <span class="muted small">{format.duration(step.durationMs)}</span>
      <p>
        <StepText step={step} />
      </p>
      {step.fingerprint !== undefined && (
        <div>
          <p>
            {t(words.fingerprint)}: <code>{step.fingerprint}</code>
          </p>
          {pin?.(step)}
        </div>
      )}
    </li>
  );
}

/** What a connection test has shown in the end. */
export function CheckOutcome({ ok }: { readonly ok: boolean }) {
  const { t } = usePage();
  return <p class={`notice ${ok ? "good" : "bad"}`}>{t(ok ? words.checkGood : words.checkBad)}</p>;
}

/** Each step of a connection test. */
export function CheckPanel({ check, pin }: PinProps & { readonly check: Check }) {
  const { t } = usePage();
  return (
    <Panel title={t(words.check)}>
      <ol class="timeline">
        {check.steps.map((step) => (
          <StepItem key={step.step} step={step} pin={pin} />
        ))}
      </ol>
      <CheckOutcome ok={check.ok} />
    </Panel>
  );
}

/** What a test sent, and what came back. */
export function TestPanel({ test }: { readonly test: Test }) {
  const { t, language, format } = usePage();
  const { attempt, ok } = test;
  const why = failureReason({ fault: attempt.fault, code: attempt.code, text: attempt.detail }, language);
  return (
    <Panel title={t(words.test)}>
      <p class={`notice ${ok ? "good" : "bad"}`} role="status">
        {t(ok ? words.arrived : words.notArrived)} {!ok && why}
      </p>
      <Facts
        facts={[
          [t(words.address), <Text key="address">{attempt.address}</Text>],
          [t(words.answer), <Text key="answer">{`${attempt.code} ${attempt.detail}`}</Text>],
          ["", format.duration(attempt.durationMs)],
        ]}
      />
      {attempt.sent && (
        <Code id="test-sent" label={attempt.sent.fileName ?? t(words.sent)}>
          {attempt.sent.body}
        </Code>
      )}
      {attempt.response !== "" && (
        <Code id="test-answer" label={t(words.answer)}>
          {attempt.response}
        </Code>
      )}
    </Panel>
  );
}

/** Takes what a server has offered into the form: the script fills it in, and without it the form is sent. */
export function FillButton({ option, fingerprint }: { readonly option: string; readonly fingerprint: string }) {
  const { t } = usePage();
  return (
    <button
      type="submit"
      form="setting"
      formNoValidate
      name="pin"
      value={fingerprint}
      class="button small"
      data-fills={`field-transport-${option}`}
    >
      {t(words.pin)}
    </button>
  );
}

/** Why nothing could be tried. */
export const RefusedPanel = ({ problem }: { readonly problem: Problem }) => <Refusal problem={problem} />;
