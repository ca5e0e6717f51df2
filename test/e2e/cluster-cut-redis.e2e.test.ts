import { itHealsAfter } from "../support/cut-off.js";

itHealsAfter({ from: "redis", kind: "black-hole" });
