const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/**
 * Faults as people read them: without `rule` and `params`, of which `message` is made (`src/schemas/rules`), and with all
 * that they hold besides.
 */
export function plainFaults<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plainFaults) as T;
  if (!isRecord(value)) return value;
  const { rule: _rule, params: _params, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([name, held]) => [name, plainFaults(held)])) as T;
}
