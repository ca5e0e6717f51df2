import { itHealsAfter } from "../support/cut-off.js";

itHealsAfter({ from: "postgres", kind: "black-hole" });
