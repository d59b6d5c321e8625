// Watches a plan being made; without this file the page loads itself again.
"use strict";

const box = document.getElementById("progress");
const EVERY = Number(box.dataset.every) || 500;
let etag = "";

async function look() {
  try {
    const answer = await fetch(box.dataset.url, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      show(await answer.text());
    }
  } catch {
    // The network is away for a moment: ask again.
  }
  if (box.querySelector("[data-over]")) location.reload();
  else setTimeout(look, EVERY);
}

function show(text) {
  const bar = box.querySelector("progress");
  const next = new DOMParser().parseFromString(text, "text/html");
  const fresh = next.querySelector("progress");
  // The bar that is there moves on; a new one would start over.
  if (bar && fresh && fresh.hasAttribute("value")) {
    bar.max = fresh.max;
    bar.value = fresh.value;
    fresh.replaceWith(bar);
  }
  box.replaceChildren(...next.body.childNodes);
  const there = box.querySelector("[data-next]");
  if (there) location.replace(there.href);
}

setTimeout(look, EVERY);
