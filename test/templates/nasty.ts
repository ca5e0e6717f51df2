/** Texts that templates, encoders and file names have gone wrong on. */
export const NASTY: readonly string[] = [
  "",
  " ",
  "  two spaces in front and behind  ",
  "\"double\" and 'single'",
  "back\\slash \\u0041 \\n",
  "a & b && c",
  "&amp; &lt;b&gt; &#65; &#x41; &nope; &",
  "]]>",
  "<![CDATA[x]]>",
  "<!-- c --> <?pi?> <!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
  "</track><track>",
  "line\nfeed",
  "carriage\rreturn",
  "both\r\nof them\r\n\r\n",
  "\r",
  "\n",
  "\t tab \t",
  "nul\u0000 bell\u0007 esc\u001b unit\u001f del\u007f",
  "next line\u0085 no-break\u00a0 line\u2028 paragraph\u2029",
  "bom\ufeff zero width\u200b right to left\u202e",
  "é e\u0301 ﬁ ß İ ı",
  "日本語 العربية עברית",
  "😀 👨‍👩‍👧‍👦 🇧🇪 𝒳",
  "lone high \ud83d, low \ude00, swapped \ude00\ud83d, at the end \ud83d",
  "non-characters \ufffe \uffff \ufffd \ud83f\udffe",
  "?a=1&b=2#c%20%zz+;,",
  "$1 $& $$ {{7*7}} =1+1 @SUM(A1)",
  "__proto__",
  "x".repeat(10_000),
];

const ALPHABET = [
  ..."abcXYZ019 &<>\"'\\/]-_.:;,%+=?#[]()é\u00a0€漢",
  ..."\u0000\u0001\u0008\t\n\u000b\r\u001f\u007f\u0085\u2028\ufeff\ufffd\ufffe\uffff",
  "\ud800",
  "\udbff",
  "\udc00",
  "\udfff",
  "😀",
  "👩‍🚒",
  "]]>",
  "&amp;",
  "&#13;",
  "\r\n",
  "</",
  "<!--",
];

/** Numbers in [0, 1), the same on every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A text of up to 40 pieces of the nastiest alphabet. */
export function nastyText(next: () => number): string {
  const length = Math.floor(next() * 40);
  return Array.from({ length }, () => ALPHABET[Math.floor(next() * ALPHABET.length)]).join("");
}
