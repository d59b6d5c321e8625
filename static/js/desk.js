// The desk follows what others do and counts down by itself, also without the network; without this file the page loads itself again.
"use strict";

const LOOKS = 5000;
const box = document.getElementById("desk");
let etag = "";
let offset = 0; // how much the server's clock is ahead of ours, in ms
let timer;
let held = 0; // when a finger or key went down on the desk that has not come up since

const part = (name) => box.querySelector(`[data-${name}]`);

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(box.dataset.url, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.redirected || answer.status === 404) return location.reload(); // signed out: the server says so
    if (answer.status === 200) {
      const tag = (etag = answer.headers.get("ETag") || "");
      const text = await answer.text();
      while (Date.now() - held < LOOKS) await new Promise((resume) => setTimeout(resume, 50)); // a button taken from under a finger does nothing
      if (tag === etag) replace(text); // else a later answer has come while the finger was down
    }
    part("offline").hidden = answer.ok || answer.status === 304;
  } catch {
    part("offline").hidden = false;
  }
  timer = setTimeout(look, LOOKS);
}

// What is open stays open, what is unticked stays so, and the finger's place stays where it is.
function replace(text) {
  const open = new Map([...box.querySelectorAll("details[data-keep]")].map((one) => [one.dataset.keep, one.open]));
  const off = new Set([...box.querySelectorAll("[name=who]:not(:checked)")].map((one) => one.value));
  const at = document.activeElement?.closest("form, details");
  const mark = at && box.contains(at) ? at.getAttribute("action") ?? at.dataset.keep : null;
  box.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  for (const one of box.querySelectorAll("details[data-keep]")) if (open.has(one.dataset.keep)) one.open = open.get(one.dataset.keep);
  for (const one of box.querySelectorAll("[name=who]")) if (off.has(one.value)) one.checked = false;
  if (mark) box.querySelector(`form[action="${CSS.escape(mark)}"] button, [data-keep="${CSS.escape(mark)}"] summary`)?.focus();
  setClock();
}

function setClock() {
  offset = Date.parse(part("now").dataset.now) - Date.now();
  count();
}

function count() {
  const clock = part("clock");
  const legs = [...box.querySelectorAll("[data-until]")];
  if (!clock || !legs.length) return; // not begun, over, or the clock stands
  const now = Date.now() + offset;
  const leg = legs.find((one) => Date.parse(one.dataset.until) > now);
  const words = leg ?? part("end");
  if (part("words").textContent !== words.textContent) {
    part("words").textContent = words.textContent;
    look();
  }
  const left = leg ? Math.max(0, Math.ceil((Date.parse(leg.dataset.ends) - now) / 1000)) : 0;
  clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

if (box) {
  for (const down of ["pointerdown", "keydown"]) box.addEventListener(down, () => (held = Date.now()));
  for (const up of ["pointerup", "pointercancel", "keyup"]) addEventListener(up, () => setTimeout(() => (held = 0)));
  setClock();
  setInterval(count, 250);
  look();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  addEventListener("online", look);
}
