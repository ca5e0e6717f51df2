// What the pages do beyond htmx; every page can be read and used without it.
document.documentElement.dataset.script = "";

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});

// A form that cannot be taken back asks first.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
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
