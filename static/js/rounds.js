// The big screen and the phones of a meetup: asks every few seconds what has changed, and counts by the server's clock. All legs of
// the evening are known, so both go on when the network is away. Without this file the page shows where things stood when it was sent.
const ASKS = 5_000; // ms between two questions
const PAGES = "card-pages"; // holds one person's tables; deleted when the code ends
const SHELL = "card-shell"; // styles, scripts, fonts

const root = document.getElementById("rounds");
const facts = root.dataset;
const isPhone = Boolean(facts.worker);
const part = (name) => root.querySelector(`[data-${name}]`);

let state = JSON.parse(facts.state);
let mark = `"${facts.mark}"`;
let samples = [];
let offset = remembered() ?? Number(facts.sent) - Date.now(); // between the server's clock and ours
let shown = ""; // which leg of which state stands on the page
let timer = 0;
let isOver = false;

const now = () => Date.now() + offset;

// A page from the cache was sent long ago; what the clocks differed by then is still true.
function remembered() {
  try {
    const kept = localStorage.getItem("rounds:offset");
    return kept === null ? null : Number(kept);
  } catch {
    return null; // this browser keeps nothing
  }
}

function remember(value) {
  try {
    if (value === null) localStorage.removeItem("rounds:offset");
    else localStorage.setItem("rounds:offset", value);
  } catch {
    // this browser keeps nothing
  }
}

// ---- What is seen and heard

function legNow() {
  const begun = state.legs.filter((leg) => leg.since === null || leg.since <= now());
  return begun.at(-1) ?? state.legs[0];
}

function write(name, text) {
  const place = part(name);
  if (place && place.textContent !== text) place.textContent = text; // an unchanged text is not said again
}

function tick() {
  if (isOver) return;
  if (now() >= Number(facts.ends)) return end();
  const leg = legNow();
  const left = leg.left ?? (leg.until ? Math.max(0, leg.until - now()) : null);
  const seconds = left === null ? 0 : Math.ceil(left / 1000);
  const clock = left === null ? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  write("clock", clock);
  part("clock").classList.toggle("long", clock.length > 4);
  const bar = part("bar");
  bar.hidden = !leg.until;
  if (leg.until) bar.value = 1 - left / (leg.until - leg.began);
  const key = `${mark} ${state.legs.indexOf(leg)}`;
  if (key !== shown) paint(leg);
  shown = key;
  if (!isPhone) turn();
}

function paint(leg) {
  const here = state.rounds[leg.round];
  root.dataset.phase = leg.phase;
  write("head", leg.head);
  write("following", leg.following);
  write("prompt", here?.prompt ?? "");
  if (isPhone) paintPhone(leg, here);
  else paintHall(leg);
}

function paintPhone(leg, here) {
  const line = here?.line ?? (leg.round ? part("line").dataset.unknown : "");
  const next = (leg.next && state.rounds[leg.next]?.line) || "";
  write("line", line || leg.action);
  write("action", line ? leg.action : "");
  write("next", next);
  part("next").hidden = !next;
  part("room").innerHTML = here?.room ?? "";
  part("with").hidden = !part("room").children.length;
  part("about").hidden = !here?.prompt;
}

function paintHall(leg) {
  const there = state.rounds[leg.shows];
  write("action", leg.action);
  const room = part("room");
  if (there) room.innerHTML = there.room;
  else room.textContent = leg.shows ? room.dataset.unknown : "";
  write("of", there ? part("of").dataset.words.replace("{round}", leg.shows) : "");
}

// Who sits where, in pages: two screens turn at the same instant, because both count by the server's clock.
function turn() {
  const room = part("room");
  const gap = Number.parseFloat(getComputedStyle(room).columnGap) || 0;
  const width = room.clientWidth + gap;
  const pages = Math.max(1, Math.ceil((room.scrollWidth + gap - 2) / width)); // the last one may be half full
  const page = Math.floor(now() / 1000 / Number(facts.turns)) % pages;
  if (Math.abs(room.scrollLeft - page * width) > 2) room.scrollLeft = page * width;
  write("foot", pages > 1 ? part("foot").dataset.words.replace("{page}", page + 1).replace("{pages}", pages) : "");
}

// ---- To the server and back

// Of the last eight answers the quickest knows the server's time best. One that is far off means that our own clock was set.
function setClock(answer, sentAt) {
  const theirs = Number(answer.headers.get("Clock-Now"));
  if (!theirs) return;
  const took = Date.now() - sentAt;
  const found = { took, offset: theirs + took / 2 - Date.now() };
  if (samples.some((sample) => Math.abs(sample.offset - found.offset) > 2_000 + took)) samples = [];
  samples = [...samples, found].slice(-8);
  offset = samples.reduce((best, sample) => (sample.took < best.took ? sample : best)).offset;
  remember(offset);
}

async function ask() {
  const sentAt = Date.now();
  const answer = await fetch(facts.url, { cache: "no-store", headers: { "If-None-Match": mark }, signal: AbortSignal.timeout(8_000) });
  setClock(answer, sentAt);
  if (answer.status === 404 || answer.status === 410) {
    await forget();
    location.reload(); // the server says what has become of it
  }
  if (answer.status === 200) await take(answer);
  else if (answer.status !== 304) throw new Error(answer.status);
}

async function take(answer) {
  const copy = answer.clone();
  state = await answer.json();
  mark = answer.headers.get("ETag") ?? "";
  if (isPhone && self.caches && root.dataset.kept) await (await caches.open(PAGES)).put(facts.url, copy);
}

async function follow() {
  clearTimeout(timer);
  if (isOver) return;
  try {
    await ask();
    part("network").hidden = true;
    if (isPhone && !root.dataset.kept) await keep().catch(() => null);
  } catch {
    part("network").hidden = false;
  }
  tick();
  clearTimeout(timer); // two may have asked at once
  timer = setTimeout(follow, ASKS);
}

self.addEventListener("online", follow);
self.addEventListener("offline", () => { part("network").hidden = false; });
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && follow());

// ---- What a phone keeps, and until when

async function keep() {
  if (!self.caches || !navigator.serviceWorker) return;
  await navigator.serviceWorker.register(facts.worker);
  const shell = await caches.open(SHELL);
  await shell.addAll([...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.href || one.src));
  await shell.addAll(facts.keep.split(" "));
  const page = await fetch(location.href);
  if (!page.ok) return;
  const pages = await caches.open(PAGES);
  for (const other of await pages.keys()) await pages.delete(other); // one copy, of one card
  await pages.put(location.href, page);
  root.dataset.kept = "yes";
}

// The page that was kept is older than the answer that was kept after it.
async function recall() {
  const kept = isPhone && self.caches && (await caches.match(facts.url, { cacheName: PAGES }));
  if (!kept || Number(kept.headers.get("Clock-Now")) <= Number(facts.sent)) return;
  state = await kept.json();
  mark = kept.headers.get("ETag") ?? "";
}

async function forget() {
  if (isPhone && self.caches) await caches.delete(PAGES);
  remember(null);
}

async function end() {
  isOver = true;
  await forget();
  if (!isPhone) return location.reload();
  for (const one of [...root.children]) one.hidden = !one.matches("[data-over]");
}

await recall().catch(() => null);
tick();
setInterval(tick, 200);
follow();
