/** What is wrong with a refusal: a fault of the service's own, or no problem document (RFC 9457). */
export function problemFault(status: number, contentType: string, body: string): string | null {
  if (status >= 500) return "the fault is the service's own";
  if (!contentType.startsWith("application/problem+json")) return `it is ${contentType || "of no type"}`;
  let problem: Record<string, unknown>;
  try {
    problem = JSON.parse(body);
  } catch {
    return "it is no JSON";
  }
  const { type, title, detail, code, errors } = problem;
  const texts = [type, title, detail, code];
  if (problem.status !== status) return `it names the status ${String(problem.status)}`;
  if (texts.some((text) => typeof text !== "string" || text === "")) return "it does not say what is wrong";
  return Array.isArray(errors) ? null : "it has no list of faulty fields";
}
