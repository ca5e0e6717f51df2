// What the pages do beyond htmx; every page can be read and used without it.
document.documentElement.dataset.script = "";

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});

// What a form is made of is chosen beside it: the form is sent along, and nothing that was typed is lost.
document.addEventListener("change", (event) => {
  const button = document.getElementById(event.target.dataset?.chooses);
  if (button) button.form.requestSubmit(button);
});

// A form that cannot be taken back asks first, or the one button of it that cannot.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// What leads on by itself, where there is this script.
document.querySelector("form[data-submit-now]")?.requestSubmit();

// A form is on its way once: a second click on a slow answer does nothing. Somebody may have stopped it, which nothing tells.
const STOPPED_MS = 15_000;
const release = (button) => {
  delete button.dataset.sent;
  button.disabled = false;
};
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  const button = submitter ?? form.querySelector("button[type=submit]");
  // Last of all who listen, and after the form was read: what is disabled would not be in it.
  setTimeout(() => {
    if (event.defaultPrevented || !button || form.method !== "post") return;
    button.dataset.sent = "";
    button.disabled = true;
    setTimeout(() => {
      if ("sent" in button.dataset) release(button);
    }, STOPPED_MS);
  });
});
// Going back shows the page as it was left; what is sent from there is meant anew.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("[data-sent]")) release(button);
  for (const field of document.querySelectorAll("input[name=once]")) {
    field.value = Array.from(crypto.getRandomValues(new Uint32Array(4)), (each) => each.toString(36)).join("");
  }
});

// A page whose session has ended stays as it is, and says so; also once its user has signed in again elsewhere.
function sayEnded(state) {
  const notice = document.getElementById("session-ended");
  if (!notice) return;
  for (const part of notice.children) part.hidden = part.dataset.session !== state;
  notice.hidden = state === null;
}
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const state = detail.xhr.getResponseHeader("waybell-session");
  sayEnded(state);
  if (state !== null) detail.shouldSwap = false;
});
document.addEventListener("htmx:sseClose", ({ detail }) => {
  if (detail.type === "message") sayEnded("ended");
});

// What is asked in place and gets no answer is told of: the page would look as if nothing had been asked.
const sayNotAnswered = (isSo) => {
  const notice = document.getElementById("not-answered");
  if (notice) notice.hidden = !isSo;
};
for (const broken of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(broken, () => sayNotAnswered(true));
document.addEventListener("htmx:beforeSwap", () => sayNotAnswered(false));

// A button that was disabled while it was answered has lost the focus.
document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => {
  if (elt.matches("button") && document.activeElement === document.body) elt.focus({ preventScroll: true });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("button[data-print]")) window.print();
});

// "/" goes to the search field, as in other programs.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
});

// On a narrow screen the menu moves sideways: it begins where one is.
document.querySelector(".navigation [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Of several alternatives in a form the chosen one alone is shown.
function showChosen(root) {
  for (const part of root.querySelectorAll("[data-shown-for]")) {
    const control = part.closest("form").elements.namedItem(part.dataset.shownFor);
    part.hidden = control.value !== part.dataset.shownValue;
  }
}
showChosen(document);
document.addEventListener("change", () => showChosen(document));

// Narrows a list of choices to those that hold what was typed; what is chosen stays.
document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset?.filters);
  if (!list) return;
  const wanted = event.target.value.toLowerCase();
  for (const item of list.children) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted) && !item.querySelector(":checked");
  }
});

// What a server has offered goes into its field; the form around it stays as it is.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-fills]");
  const field = button && document.getElementById(button.dataset.fills);
  if (!field) return;
  event.preventDefault();
  field.value = button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// On a narrow screen what was asked for stands below the form.
document.addEventListener("htmx:afterSwap", ({ detail: { requestConfig, target } }) => {
  if (requestConfig?.elt?.matches?.("[data-shows-result]")) target.scrollIntoView({ block: "nearest" });
});

// What is done to the rows that are ticked waits for one.
function countPicks() {
  for (const form of document.querySelectorAll("form[data-picks]")) {
    const none = form.querySelector(`[name="${form.dataset.picks}"]:checked`) === null;
    for (const button of form.querySelectorAll("[data-for-picks]")) button.disabled = none;
  }
}
countPicks();
document.addEventListener("change", countPicks);
// Going back brings the ticks back, without a change.
window.addEventListener("pageshow", countPicks);

// One more row of a table that people fill in.
document.addEventListener("click", (event) => {
  const id = event.target.closest("button[data-adds-row]")?.dataset.addsRow;
  const rows = id && document.getElementById(`${id}-rows`);
  if (!rows) return;
  const at = rows.children.length;
  const row = document.getElementById(`${id}-row`).innerHTML;
  rows.insertAdjacentHTML("beforeend", row.replaceAll("__row__", at).replaceAll("__number__", at + 1));
  rows.lastElementChild.querySelector("input").focus();
});

async function* linesOf(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

/** Shows the steps of a connection test in `box`, each as it ends; true: all of them came, or the page shows them whole. */
async function followCheck(form, button, box) {
  const body = new URLSearchParams(new FormData(form));
  if (button.name) body.append(button.name, button.value);
  button.disabled = true;
  const response = await fetch(button.dataset.tries ?? form.action, {
    method: "POST",
    body,
    headers: { "waybell-live": "true" },
  });
  const state = response.headers.get("waybell-session");
  if (state !== null) {
    box.hidden = true;
    sayEnded(state);
    return true;
  }
  if (!response.headers.get("content-type")?.startsWith("application/x-ndjson")) {
    // Refusals the page shows as it does without this script, in place where it can.
    box.hidden = true;
    button.disabled = false;
    if (button.dataset.tries) {
      await htmx.ajax("POST", button.dataset.tries, { source: button, target: "#tried" });
      return true;
    }
    button.dataset.plain = "";
    form.requestSubmit(button);
    return true;
  }
  let isWhole = false;
  for await (const line of linesOf(response)) {
    const { step = "", end = "" } = JSON.parse(line);
    box.querySelector("[data-steps]").insertAdjacentHTML("beforeend", step);
    box.querySelector("[data-end]").insertAdjacentHTML("beforeend", end);
    if (end) isWhole = true;
  }
  return isWhole;
}

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  const box = document.getElementById(button?.dataset.live);
  if (!box || event.defaultPrevented) return;
  if ("plain" in button.dataset) {
    delete button.dataset.plain;
    return;
  }
  event.preventDefault();
  const [busy, broken] = ["[data-busy]", "[data-broken]"].map((part) => box.querySelector(part));
  for (const part of box.querySelectorAll("[data-steps], [data-end]")) part.replaceChildren();
  document.getElementById("tried")?.replaceChildren();
  broken.hidden = true;
  busy.hidden = false;
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
  broken.hidden = await followCheck(event.target, button, box).catch(() => false);
  busy.hidden = true;
  button.disabled = false;
  // Disabling it has taken the focus away.
  if (document.activeElement === document.body) button.focus({ preventScroll: true });
});

// What is live says so once it is not: a connection that comes back within a few seconds is not worth a word.
const RETRY_MS = 6000;
for (const box of document.querySelectorAll("[data-not-live]")) {
  const [line, time] = [box.querySelector("p"), box.querySelector("time")];
  const live = box.closest("[sse-connect]");
  let since = null;
  let timer;
  const show = () => {
    const format = { hour: "2-digit", minute: "2-digit", timeZone: box.dataset.timeZone };
    time.dateTime = since.toISOString();
    time.textContent = since.toLocaleTimeString(document.documentElement.lang, format);
    line.hidden = false;
  };
  const lost = (wait) => {
    since ??= new Date();
    clearTimeout(timer);
    timer = setTimeout(show, wait);
  };
  live.addEventListener("htmx:sseError", () => {
    if (since === null) lost(RETRY_MS);
  });
  live.addEventListener("htmx:sseClose", () => lost(0));
  // A connection alone shows nothing: what it brings does.
  live.addEventListener("htmx:sseMessage", () => {
    since = null;
    clearTimeout(timer);
    line.hidden = true;
  });
}
