// Moves people from table to table: dragged, tapped, or with keys; the price is shown before anything is made.
// Without this file the form beside the tables does the same.
"use strict";

const root = document.querySelector("[data-by-hand]");
const cost = root.querySelector("[data-cost]");
const title = cost.querySelector("[data-title]");
const says = cost.querySelector("[data-says]");
const make = cost.querySelector("[data-make]");
const makeButton = make.querySelector("[type=submit]");
const giveUpButton = cost.querySelector("[data-give-up]");
const choose = root.querySelector("[data-choose]");
const lockForm = root.querySelector("[data-lock]");
const people = [...root.querySelectorAll("[data-person]")];
const FAR = 6; // pixels after which a press is a drag
const EDGE = 70; // pixels from the upper and lower edge within which the page moves along
let picked = null;
let aimed = null;
let asking = null;
let isDropped = false; // before its price was there

root.querySelector("[data-help]").hidden = false;
for (const grip of root.querySelectorAll("[data-grip]")) grip.hidden = false;

// ---- Words

const words = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const nameOf = (person) => person.querySelector("[data-name]").textContent;
const placeOf = (table) => (table ? words(title.dataset.table, { n: table }) : title.dataset.none);

function titleOf(target) {
  const facts = { one: nameOf(picked), here: placeOf(picked.dataset.table) };
  if (target.dataset.seat) return words(title.dataset.go, { ...facts, there: placeOf(target.dataset.seat) });
  return words(title.dataset.swap, { ...facts, other: nameOf(target), there: placeOf(target.dataset.table) });
}

// ---- Picking up, aiming, giving up

function pick(person) {
  drop();
  picked = person;
  person.classList.add("picked");
  choose.elements.person.value = person.dataset.person;
  choose.elements.to.value = "";
  say(words(title.dataset.picked, { one: nameOf(person), here: placeOf(person.dataset.table) }), []);
  makeButton.hidden = true;
  giveUpButton.hidden = false;
  lockForm.hidden = !person.dataset.table;
  lockForm.elements.person.value = person.dataset.person;
  lockForm.elements.locked.value = "locked" in person.dataset ? "0" : "1";
  lockForm.querySelector("[data-who]").textContent = nameOf(person);
  const button = lockForm.querySelector("button");
  button.textContent = "locked" in person.dataset ? button.dataset.unlockWords : button.dataset.lockWords;
}

function drop() {
  picked?.classList.remove("picked");
  aimed?.classList.remove("aimed");
  asking?.abort();
  picked = aimed = asking = null;
  isDropped = false;
}

function giveUp() {
  const person = picked;
  drop();
  say(title.dataset.givenUp, []);
  makeButton.hidden = giveUpButton.hidden = true;
  person?.querySelector("a").focus();
}

function aim(target) {
  if (!picked || !target || target === aimed) return;
  aimed?.classList.remove("aimed");
  aimed = target;
  target.classList.add("aimed");
  const to = target.dataset.seat ?? target.dataset.card ?? target.dataset.person;
  choose.elements.to.value = to;
  make.elements.person.value = picked.dataset.person;
  make.elements.to.value = to;
  makeButton.hidden = true;
  ask(to, titleOf(target.dataset.card ? { dataset: { seat: to } } : target));
}

async function ask(to, text) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const url = new URL(root.dataset.price, location.href);
  url.searchParams.set("person", picked.dataset.person);
  url.searchParams.set("to", to);
  try {
    const answer = await fetch(url, { signal: mine.signal, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    if (asking !== mine) return;
    say(text, found.says, found.refused);
    makeButton.hidden = found.refused;
    if (!found.refused && isDropped) makeButton.focus();
  } catch {
    // Another target took its place, or the network is away: the form beside the tables asks as well.
  }
}

function say(text, sentences, refused = false) {
  cost.hidden = false;
  title.textContent = text;
  says.className = refused ? "refused" : "";
  says.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
}

giveUpButton.addEventListener("click", giveUp);

// ---- Keys: arrows go from person to person; once somebody is picked up, from target to target

const focusOf = (target) => target.querySelector("a, [data-room]");

function targets() {
  const elsewhere = (one) => (one.dataset.seat ?? one.dataset.table) !== picked.dataset.table;
  return [...root.querySelectorAll("[data-person], [data-seat]")].filter((one) => one !== picked && elsewhere(one));
}

function step(from, by, among) {
  const at = among.indexOf(from);
  const next = at < 0 ? among.find((one) => from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) : among[at + by];
  return next ?? among[by > 0 ? 0 : among.length - 1];
}

// Up and down go to the first of the next table.
function leap(from, by, among) {
  const first = among.filter((one, n) => n === 0 || one.closest("[data-card]") !== among[n - 1].closest("[data-card]"));
  const own = first.find((one) => one.closest("[data-card]") === from.closest("[data-card]"));
  return step(own ?? from, by, first);
}

const ARROWS = { ArrowRight: [step, 1], ArrowLeft: [step, -1], ArrowDown: [leap, 1], ArrowUp: [leap, -1] };

root.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picked) giveUp();
  const here = event.target.closest("[data-person], [data-seat]");
  if (!here || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key in ARROWS) {
    const [go, by] = ARROWS[event.key];
    const next = go(here, by, picked ? targets() : people);
    if (next) focusOf(next).focus();
    if (next && picked) aim(next);
  } else if (event.key === " " || event.key === "Enter") {
    if (picked && here === aimed && !makeButton.hidden && event.key === "Enter") make.requestSubmit();
    else if (!picked && here.dataset.person) pick(here);
    else if (picked && here !== picked) aim(here);
  } else return;
  event.preventDefault();
});

// Tab comes to the tables once, and arrows go on from there.
function one(person) {
  for (const other of people) focusOf(other).tabIndex = other === person ? 0 : -1;
}
root.addEventListener("focusin", (event) => {
  const person = event.target.closest("[data-person]");
  if (person) one(person);
});

// ---- Pointers: a mouse drags anybody, a finger by the grip; a tap picks up, a second one says where to

const CLICK = 100; // ms within which a click belongs to the drag before it
let press = null;
let released = -CLICK;

root.addEventListener("pointerdown", (event) => {
  const person = event.target.closest("[data-person]");
  if (!person || event.button || (event.pointerType !== "mouse" && !event.target.closest("[data-grip]"))) return;
  press = { person, x: event.clientX, y: event.clientY, pointer: event.pointerId, carried: null };
});

document.addEventListener("pointermove", (event) => {
  if (!press || event.pointerId !== press.pointer) return;
  if (!press.carried && Math.hypot(event.clientX - press.x, event.clientY - press.y) < FAR) return;
  if (!press.carried) carry();
  press.carried.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 12}px)`;
  if (event.clientY < EDGE) scrollBy(0, -14);
  if (event.clientY > innerHeight - EDGE) scrollBy(0, 14);
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-person], [data-seat], [data-card]");
  if (under && root.contains(under) && mayAim(under)) aim(under);
});

function mayAim(target) {
  return target !== picked && (target.dataset.card ?? target.dataset.seat ?? target.dataset.table) !== picked.dataset.table;
}

function carry() {
  pick(press.person);
  getSelection()?.removeAllRanges();
  press.carried = Object.assign(document.createElement("div"), { className: "carried", textContent: nameOf(press.person) });
  document.body.append(press.carried);
}

function release(event) {
  if (!press || event.pointerId !== press.pointer) return;
  const { carried } = press;
  press = null;
  if (!carried) return;
  carried.remove();
  released = event.timeStamp;
  if (!aimed || event.type === "pointercancel") giveUp();
  else if (makeButton.hidden) isDropped = true;
  else makeButton.focus();
}
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", release);
root.addEventListener("dragstart", (event) => event.preventDefault());

root.addEventListener("click", (event) => {
  const here = event.target.closest("[data-person], [data-seat], [data-card]");
  if (!here || event.target.closest("aside")) return;
  event.preventDefault();
  if (event.timeStamp - released < CLICK) return;
  if (!picked) {
    if (here.dataset.person) pick(here);
  } else if (here === picked) giveUp();
  else if (mayAim(here)) aim(here);
  else if (here.dataset.person) pick(here);
});

one(document.querySelector(".placed:target") ?? people[0]);
document.querySelector(".placed:target a")?.focus();
