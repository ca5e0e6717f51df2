import { chromium } from "playwright-core";
import { readdirSync, writeFileSync } from "node:fs";
const [dir, out, w, h, ...nums] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--allow-file-access-from-files"] });
const p = await b.newPage({ viewport: { width: Number(w) * nums.length + 10, height: Number(h) } });
const files = nums.map((n) => readdirSync(dir).find((f) => f.startsWith(n + "-")));
writeFileSync("/tmp/w3tools/s.html", `<body style="margin:0;display:flex;gap:5px;align-items:start">${files.map((f) => `<img src="file://${dir}/${f}" style="width:${w}px">`).join("")}`);
await p.goto("file:///tmp/w3tools/s.html"); await p.screenshot({ path: out }); await b.close();
