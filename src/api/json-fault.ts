const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const HEX = /[0-9a-fA-F]{4}/y;

type Wanted = "value" | "value-or-close" | "name" | "name-or-close" | "colon" | "comma" | "end";

const SENTENCE: Readonly<Record<Wanted, string>> = {
  value: "a value is missing or is no JSON",
  "value-or-close": "a value or ] is missing",
  name: 'a name in double quotes is missing (is there a comma before "}"?)',
  "name-or-close": "a name in double quotes or } is missing",
  colon: "a colon is missing after the name",
  comma: "a comma or the closing bracket is missing",
  end: "something follows after the end",
};

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** End of the string that begins at `at`, or the place of its fault as a negative number, less one. */
function endOfString(text: string, at: number): number {
  for (let place = at + 1; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === 0x22) return place + 1;
    if (code < 0x20) return -place - 1;
    if (code !== 0x5c) continue;
    place++;
    if (text[place] === "u" ? matchAt(HEX, text, place + 1) < 0 : !'"\\/bfnrt'.includes(text[place] ?? " ")) {
      return -place - 1;
    }
  }
  return -text.length - 1;
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return `line ${line}, column ${at - before.lastIndexOf("\n")}`;
}

/**
 * Says where and why a text is no JSON, without repeating any of it: the engine's own message quotes what it found,
 * which may be a password.
 */
export function describeFault(text: string): string {
  const open: ("}" | "]")[] = [];
  let wanted: Wanted = "value";
  const fault = (at: number, why: string) =>
    `at ${placeOf(text, at)}: ${at >= text.length ? "it ends too early" : why}`;
  for (let at = matchAt(SPACE, text, 0); at < text.length || wanted !== "end"; at = matchAt(SPACE, text, at)) {
    const char = text[at] ?? "";
    const closes = char !== "" && char === open.at(-1);
    if (closes && (wanted === "comma" || wanted.endsWith("-or-close"))) {
      open.pop();
      at++;
    } else if (wanted === "colon" || wanted === "comma") {
      if (char !== (wanted === "colon" ? ":" : ",")) return fault(at, SENTENCE[wanted]);
      at++;
      wanted = wanted === "comma" && open.at(-1) === "}" ? "name" : "value";
      continue;
    } else if (char === '"' && wanted !== "end") {
      const end = endOfString(text, at);
      if (end < 0) return fault(-end - 1, "a string holds a character or an escape that JSON does not know");
      at = end;
      if (wanted.startsWith("name")) {
        wanted = "colon";
        continue;
      }
    } else if (wanted.startsWith("value") && (char === "{" || char === "[")) {
      open.push(char === "{" ? "}" : "]");
      at++;
      wanted = char === "{" ? "name-or-close" : "value-or-close";
      continue;
    } else {
      const end = wanted.startsWith("value") ? matchAt(LITERAL, text, at) : -1;
      if (end < 0) return fault(at, SENTENCE[wanted]);
      at = end;
    }
    wanted = open.length > 0 ? "comma" : "end";
  }
  return "somewhere";
}
