import { itHealsAfter } from "../support/cut-off.js";

itHealsAfter({ from: "both", kind: "reset" });
