import { InputError } from "../../../errors.js";
import type { SignedIn } from "../../page.js";
import { changesOf, type Plan, type PlannedStep } from "./plan.js";

/** What became of a plan: the same with what was refused, and how much was changed. */
export interface Applied {
  readonly plan: Plan;
  readonly changed: number;
}

async function refusalsOf(change: () => Promise<unknown>) {
  try {
    await change();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message, rule, params, fields } = error;
    const whole = { path: "", message, ...(rule ? { rule } : {}), ...(params ? { params } : {}) };
    return [whole, ...fields].map((field) => ({ ...field, line: null }));
  }
}

function applyStep(page: SignedIn, customer: string, { action, body, there }: PlannedStep) {
  if (action === "same") return [];
  return refusalsOf(() =>
    there
      ? page.call("patchEndpoint", { params: { id: String(there.id) }, body })
      : page.call("createEndpoint", { params: { customer }, body }),
  );
}

/** Makes the changes of a plan that was judged sound; goes on after a refusal, so that all of them are told. */
export async function applyPlan(page: SignedIn, customer: string, plan: Plan): Promise<Applied> {
  const { put } = plan.customer;
  const faults =
    put === null ? [] : await refusalsOf(() => page.call("putCustomer", { params: { customer }, body: put }));
  // Its endpoints may be meant for the customer as the file has it.
  if (faults.length > 0) return { plan: { ...plan, faults, steps: [] }, changed: 0 };
  const steps: PlannedStep[] = [];
  for (const step of plan.steps) steps.push({ ...step, faults: await applyStep(page, customer, step) });
  const applied = { ...plan, steps };
  return { plan: applied, changed: changesOf(applied) - steps.filter((step) => step.faults.length > 0).length };
}
