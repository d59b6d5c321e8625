// Saves clicks on plain forms: every page works without this file.
"use strict";

// The button says how many seats it books: <form data-counts="field id" data-one="Book 1 seat" data-many="Book {n} seats">.
for (const form of document.querySelectorAll("form[data-counts]")) {
  const field = document.getElementById(form.dataset.counts);
  const button = form.querySelector("button.btn:not(.quiet)");
  if (!field || !button) continue;
  const say = () => {
    const n = Number.parseInt(field.value, 10);
    if (n >= 1) button.textContent = n === 1 ? form.dataset.one : form.dataset.many.replace("{n}", n);
  };
  field.addEventListener("input", say);
  say();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const input = button.parentElement.querySelector("input");
    input.select();
    await navigator.clipboard.writeText(input.value);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A box for a name offers those that come near: <datalist data-near="address">, filled anew while somebody types. With data-post it is
// asked by POST, because names of people stand in no address.
const near = (asked, form, words) => "post" in asked
  ? fetch(asked.near, { method: "POST", body: new URLSearchParams({ ...words, csrf_token: form.elements.csrf_token.value }) })
  : fetch(`${asked.near}?${new URLSearchParams(words)}`);

for (const list of document.querySelectorAll("datalist[data-near]")) {
  for (const box of document.querySelectorAll("input")) {
    if (box.getAttribute("list") !== list.id) continue;
    const usual = [...list.options];
    let asked = 0;
    box.addEventListener("input", () => {
      clearTimeout(asked);
      asked = setTimeout(async () => {
        const words = box.value.trim();
        const answer = words.length > 1 ? await near(list.dataset, box.form, { words }).catch(() => null) : null;
        const names = answer?.ok ? await answer.json() : [];
        if (box.value.trim() !== words) return; // somebody typed on
        list.replaceChildren(...names.map((name) => new Option("", name)), ...usual.filter((one) => !names.includes(one.value)));
      }, 150);
    });
  }
}

// A second press within four seconds is a slip of the finger; the server also knows a form sent twice by its key.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});

// The summary of what went wrong is read first.
document.querySelector(".summary[tabindex]")?.focus();
