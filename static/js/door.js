// The door on a phone: ticks take effect at once, are kept while there is no network, and are sent until the server has them.
// The page works without this file, as long as there is a network.
const PAGES = "door-pages"; // holds names; deleted when the link ends
const SHELL = "door-shell"; // styles, scripts, fonts
const LOOKS = 10_000; // how often the list is asked for, in ms
const SLOWEST = 60_000;
const CODE = /^[bcdfghjkmnpqrstvwxz]{10}$/;

const root = document.getElementById("door");
const over = document.querySelector("[data-door-over]");

// What this phone keeps; every name begins with door: so that it can be deleted.
function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`door:${name}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(`door:${name}`, JSON.stringify(value));
  } catch {
    // The phone keeps nothing: the page goes on as long as it is open.
  }
}

// All that is kept of one door.
async function forget(key) {
  for (const name of Object.keys(localStorage)) if (name.startsWith(`door:${key}:`)) localStorage.removeItem(name);
  const pages = await self.caches?.open(PAGES);
  for (const page of (await pages?.keys()) ?? []) if (page.url.endsWith(`/${key}`)) await pages.delete(page);
}

// The link has ended: no name stays; what is not sent goes without names, and is taken for a day.
async function end(key) {
  const queue = read(`${key}:queue`, []).filter((one) => one.attendee);
  await forget(key);
  if (queue.length) write(`${key}:queue`, queue.map(({ nonce, kind, attendee, at }) => ({ nonce, kind, attendee, at })));
  return queue.length;
}

if (over) leaveDoor(over.dataset.doorOver);
if (root) openDoor();

async function leaveDoor(key) {
  const ended = Object.keys(localStorage).map((name) => /^door:(.+):ends$/.exec(name)?.[1]).filter(Boolean);
  for (const one of ended) if (Date.parse(read(`${one}:ends`, "")) <= Date.now()) await end(one);
  if (!key) return;
  const deeds = read(`${key}:queue`, []).filter((one) => one.attendee);
  if (deeds.length) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": over.dataset.token };
    await fetch(over.dataset.url, { method: "POST", headers, body: JSON.stringify({ deeds }) }).catch(() => null);
  }
  await forget(key);
}

function openDoor() {
  const facts = root.dataset;
  const words = document.getElementById("words");
  const said = document.getElementById("said");
  const search = root.querySelector("input[type=search]");
  const token = root.querySelector("input[name=csrf_token]").value;
  const clock = new Intl.DateTimeFormat("en-US", { timeZone: facts.zone, hour: "numeric", minute: "2-digit" });
  const my = (name) => `${facts.key}:${name}`;
  let queue = read(my("queue"), []);
  let offset = read("offset", 0); // between the server's clock and this phone's
  let etag = "";
  let busy = false;
  let again = false;
  let pause = 1000;
  let timer = 0;
  let wanted = ""; // what is searched for
  let last = []; // whom an undo takes back

  const now = () => new Date(Date.now() + offset);
  const atText = (iso) => clock.format(new Date(iso)).toLowerCase().replace(/\s/, " ");
  const list = () => document.getElementById("list");
  const rows = (within = list()) => [...within.querySelectorAll("[data-attendee]")];
  const rowOf = (attendee) => list().querySelector(`[data-attendee="${CSS.escape(attendee)}"]`);
  const nameOf = (row) => row.querySelector("[data-name]").textContent;
  const nonce = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const wordOf = (result) => {
    const found = words.querySelector(`[data-result="${result}"]`);
    return { tone: found.dataset.tone, word: found.dataset.word, text: found.textContent };
  };

  // ---- What is seen and heard

  let sounds;
  let isLoud = read("sound", true);
  const soundButton = root.querySelector("[data-sound]");
  const soundWords = () => (soundButton.textContent = isLoud ? soundButton.dataset.on : soundButton.dataset.off);
  soundButton.hidden = false;
  soundWords();
  soundButton.addEventListener("click", () => {
    isLoud = !isLoud;
    write("sound", isLoud);
    soundWords();
    play("good");
  });

  // Phones make sounds only after a finger touched the page.
  const wake = () => {
    if (self.AudioContext) sounds ??= new AudioContext();
    sounds?.resume();
  };
  for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wake);

  const NOTES = { good: [[880, 0, 0.1], [1175, 0.1, 0.16]], wait: [[587, 0, 0.28]], bad: [[220, 0, 0.16], [196, 0.22, 0.28]] };
  function play(tone) {
    if (!isLoud || !sounds) return;
    for (const [pitch, after, length] of NOTES[tone]) {
      const [note, volume, at] = [sounds.createOscillator(), sounds.createGain(), sounds.currentTime + after];
      note.type = tone === "bad" ? "square" : "sine";
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(tone === "bad" ? 0.06 : 0.2, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + length);
      note.connect(volume).connect(sounds.destination);
      note.start(at);
      note.stop(at + length);
    }
  }

  function say({ tone, word, text = "" }, who = "") {
    said.hidden = false;
    said.dataset.tone = tone;
    for (const [name, content] of Object.entries({ word, who, text })) said.querySelector(`.${name}`).textContent = content;
    root.querySelector("[data-undo]").hidden = !last.length;
    play(tone);
  }

  function paint(row, state, since = "", until = "") {
    row.dataset.state = state;
    row.querySelector("input[name=here]").checked = state === "here" || state === "left";
    row.querySelector("button[name=leave]").hidden = state !== "here";
    row.querySelector("button[name=back]").hidden = state !== "left";
    const pattern = { here: words.dataset.timeHere, left: words.dataset.timeLeft }[state] ?? "";
    row.querySelector("[data-when]").textContent = pattern.replace("{time}", state === "left" ? until : since);
  }

  function show() {
    // What waits to be sent lies over what the server knows.
    for (const deed of queue) {
      const row = deed.attendee && rowOf(deed.attendee);
      if (row) paint(row, { arrive: "here", undo: "expected", leave: "left" }[deed.kind], atText(deed.at), atText(deed.at));
    }
    const walked = queue.reduce((sum, one) => sum + Number(one.fields?.party_size ?? 0), 0);
    const here = rows().filter((row) => row.dataset.state === "here").length;
    root.querySelector("[data-count]").textContent = here + walked;
    root.querySelector("[data-expected]").textContent = Number(list().dataset.expected) + walked;
    let fits = 0;
    for (const form of list().querySelectorAll("form[data-code]")) {
      const people = rows(form);
      const there = people.filter((row) => row.dataset.state === "here").length;
      const count = form.querySelector("[data-party-count]");
      if (count) count.textContent = words.dataset.party.replace("{here}", there).replace("{people}", people.length);
      form.querySelector("[data-all]").hidden = there === people.length;
      form.hidden = Boolean(wanted) && form.dataset.code !== wanted && !form.dataset.search.includes(wanted);
      fits += !form.hidden;
    }
    root.querySelector("[data-nobody]").hidden = fits > 0 || !wanted;
    root.querySelector("[data-everybody]").hidden = !wanted;
    network();
  }

  let isAway = false;
  function network() {
    const line = root.querySelector("[data-network]");
    const pattern = isAway ? words.dataset.offline : words.dataset.waiting;
    line.hidden = !isAway && !queue.length;
    line.dataset.away = isAway;
    line.textContent = pattern.replace("{n}", queue.length);
  }

  // ---- What is done

  function isOpen() {
    const closed = now() >= new Date(facts.ends) ? "ended" : now() < new Date(facts.opens) ? "early" : "";
    if (closed) say(wordOf(closed));
    return !closed;
  }

  function put(kind, people) {
    const at = now().toISOString();
    queue.push(...people.map((row) => ({ nonce: nonce(), kind, attendee: row.dataset.attendee, at, name: nameOf(row) })));
    write(my("queue"), queue);
    show();
    sync();
  }

  function named(people) {
    return people.length === 1 ? nameOf(people[0]) : words.dataset.several.replace("{n}", people.length);
  }

  async function arrive(people) {
    last = [];
    if (!isOpen()) return show();
    const stopped = people.filter((row) => row.dataset.permission && row.dataset.state !== "left");
    const coming = people.filter((row) => !stopped.includes(row) && row.dataset.state !== "here");
    if (coming.length) {
      last = coming.map((row) => row.dataset.attendee);
      if (people.length > 1) find("");
      put("arrive", coming);
      say(wordOf("ok"), named(coming));
    } else if (!stopped.length && people.length) {
      const { tone, word, text } = wordOf("already");
      say({ tone, word, text: text.replace("{time}", sinceOf(people[0])) }, named(people));
    }
    for (const row of stopped) await askAgain(row);
    show();
  }

  const sinceOf = (row) => /\d+:\d\d\s?[ap]m/.exec(row.querySelector("[data-when]").textContent)?.[0] ?? "";

  // A permission may have been given a moment ago on the party's own page: only the server knows.
  async function askAgain(row) {
    const deed = { nonce: nonce(), kind: "arrive", attendee: row.dataset.attendee, at: now().toISOString(), name: nameOf(row) };
    const answers = await send([deed]).catch(() => null);
    const answer = answers?.[0];
    if (!answer || answer.result === "permission") {
      paint(row, "expected");
      return say(wordOf("permission"), nameOf(row));
    }
    paint(row, answer.state, answer.since, answer.until);
    last = answer.result === "ok" ? [deed.attendee] : [];
    say(answer, deed.name);
    sync();
  }

  function undo(people) {
    last = [];
    put("undo", people);
    say(wordOf("undo"), named(people));
  }

  async function readCode(code) {
    const form = list().querySelector(`form[data-code="${CSS.escape(code)}"]`);
    if (!form) return readStranger(code);
    const people = rows(form);
    const missing = people.filter((row) => row.dataset.state !== "here");
    if (people.length === 1 || !missing.length) return arrive(people);
    find(code);
    last = [];
    said.hidden = true;
    root.querySelector("[data-undo]").hidden = true;
    form.querySelector("[data-all]").focus();
    form.scrollIntoView({ block: "nearest" });
  }

  async function readStranger(code) {
    last = [];
    const known = list().querySelector(`[data-stranger="${CSS.escape(code)}"]`);
    if (known) return say(wordOf(known.dataset.result), known.dataset.name);
    try {
      const answer = await fetch(`${facts.url}/find?code=${encodeURIComponent(code)}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      say(found, found.who);
    } catch {
      say({ ...wordOf("unknown"), text: words.dataset.unreachable });
    }
  }

  root.addEventListener("change", (event) => {
    const row = event.target.name === "here" && event.target.closest("[data-attendee]");
    if (row) event.target.checked ? arrive([row]) : undo([row]);
  });

  root.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.matches("[role=search]")) {
      event.preventDefault();
      look(search.value);
    } else if (form.matches(".door-party")) {
      event.preventDefault();
      const row = button?.value && rowOf(button.value);
      if (button?.name === "leave") {
        last = [];
        put("leave", [row]);
        say(wordOf("leave"), nameOf(row));
      } else if (button?.name === "back") arrive([row]);
      else arrive(rows(form).filter((one) => one.dataset.state !== "here"));
    }
  });

  root.querySelector("[data-undo]").addEventListener("click", () => undo(last.map(rowOf).filter(Boolean)));

  // Of all parties, those that a text means; a code never stays in the field, so that the next one can follow.
  function find(text) {
    wanted = text;
    search.value = CODE.test(text) ? "" : text;
    show();
  }

  function look(typed) {
    const text = typed.trim().toLowerCase();
    find(CODE.test(text) ? "" : text);
    if (CODE.test(text)) readCode(text);
  }

  search.addEventListener("input", () => {
    wanted = search.value.trim().toLowerCase();
    show();
  });
  root.querySelector("[data-everybody] button").addEventListener("click", () => find(""));

  // ---- Walk-ins

  const walkIn = root.querySelector("[data-walk-in] form");
  walkIn.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!walkIn.reportValidity() || !isOpen()) return;
    const fields = Object.fromEntries(new FormData(walkIn));
    const size = Number.parseInt(fields.party_size, 10);
    const left = Number(facts.capacity) - Number(root.querySelector("[data-expected]").textContent);
    if (size > left && !fields.reason.trim()) return wrong([words.dataset.seats]);
    wrong([]);
    delete fields.csrf_token;
    queue.push({ nonce: fields.key, fields: { ...fields, at: now().toISOString() }, name: fields.name });
    write(my("queue"), queue);
    walkIn.reset();
    walkIn.elements.key.value = nonce();
    root.querySelector("[data-walk-in]").open = false;
    last = [];
    say({ ...wordOf("ok"), text: words.dataset.walked }, fields.name);
    show();
    sync();
  });

  function wrong(sentences) {
    const box = root.querySelector("[data-wrong]");
    box.hidden = !sentences.length;
    box.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })));
    if (sentences.length) box.focus();
  }

  // ---- To the server and back

  async function send(deeds) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const answer = await fetch(`${facts.url}/deeds`, { method: "POST", headers, body: JSON.stringify({ deeds }) });
    setClock(answer);
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.json()).answers;
  }

  function setClock(answer) {
    const theirs = Date.parse(answer.headers.get("Date") ?? "");
    if (!theirs || Math.abs(theirs + 500 - Date.now() - offset) < 2000) return;
    offset = theirs + 500 - Date.now(); // the header counts whole seconds
    write("offset", offset);
  }

  function done(nonces) {
    queue = read(my("queue"), queue).filter((one) => !nonces.includes(one.nonce));
    write(my("queue"), queue);
  }

  function refuse(name, word, text) {
    const one = { said: `${name}: ${word}`, text };
    write(my("refused"), [...read(my("refused"), []), one]);
    showRefused(one);
  }

  function showRefused({ said, text }) {
    const box = root.querySelector("[data-refused]");
    box.hidden = false;
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("b"), { textContent: said }), ` ${text}`);
    box.querySelector("ul").append(line);
  }

  async function sendQueue() {
    const deeds = queue.filter((one) => one.attendee).slice(0, 500);
    if (deeds.length) {
      const answers = await send(deeds.map(({ nonce, kind, attendee, at }) => ({ nonce, kind, attendee, at })));
      done(answers.map((answer) => answer.nonce));
      for (const answer of answers) settle(answer, deeds.find((deed) => deed.nonce === answer.nonce));
    }
    for (const one of queue.filter((one) => one.fields)) await sendWalkIn(one);
  }

  function settle(answer, deed) {
    const row = rowOf(answer.attendee);
    if (row) paint(row, answer.state, answer.since, answer.until);
    if (answer.result === "ok" || answer.result === "already") return;
    refuse(deed.name ?? "", answer.word, answer.text);
    last = [];
    say(answer, deed.name);
  }

  async function sendWalkIn(one) {
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(`${facts.url}/walk-ins`, { method: "POST", headers, body: new URLSearchParams(one.fields) });
    if (![200, 409, 422].includes(answer.status)) throw new Error(answer.status);
    const { errors } = await answer.json();
    done([one.nonce]);
    if (!errors) return;
    refuse(one.name, wordOf("unknown").word, errors.join(" "));
    wrong(errors);
    for (const [name, value] of Object.entries(one.fields)) {
      const field = walkIn.elements[name];
      if (field && field.type !== "checkbox" && name !== "key") field.value = value;
    }
    root.querySelector("[data-walk-in]").open = true;
  }

  async function askList() {
    const answer = await fetch(`${facts.url}/list`, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    setClock(answer);
    if (answer.status === 404) return location.reload(); // ended or revoked: the server says which
    if (answer.status !== 200) return;
    etag = answer.headers.get("ETag") ?? "";
    keepList(await answer.text());
  }

  function keepList(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("list");
    if (!fresh) return;
    // Row by row where the people are the same: a finger that is on one of them presses what it meant.
    if (idsOf(fresh) === idsOf(list())) update(fresh);
    else list().replaceWith(fresh);
    write(my("list"), { html, at: now().toISOString() });
    show();
  }

  const idsOf = (within) => rows(within).map((row) => row.dataset.attendee).join();
  const marksOf = (row) => [row.dataset.permission, ...[...row.querySelectorAll("[data-name], .badge, .tag")].map((mark) => mark.textContent)].join();

  function update(fresh) {
    const old = rows();
    for (const [place, row] of rows(fresh).entries()) {
      if (marksOf(row) !== marksOf(old[place])) old[place].replaceWith(row);
      else paintAs(old[place], row);
    }
    for (const stranger of list().querySelectorAll("[data-stranger]")) stranger.remove();
    list().append(...fresh.querySelectorAll("[data-stranger]"));
    list().dataset.expected = fresh.dataset.expected;
  }

  function paintAs(row, fresh) {
    paint(row, fresh.dataset.state);
    row.querySelector("[data-when]").textContent = fresh.querySelector("[data-when]").textContent;
  }

  async function sync() {
    clearTimeout(timer);
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await sendQueue();
      await askList();
      isAway = false;
      pause = 1000;
    } catch (problem) {
      isAway = true;
      pause = Math.min(pause * 2, SLOWEST);
      // The page is older than the session: a fresh one has the right token; the queue stays.
      if (problem.message === "400" && navigator.onLine && performance.now() > 30_000) location.reload();
    }
    busy = false;
    show();
    timer = setTimeout(sync, again && !isAway ? 0 : isAway ? pause : LOOKS);
    again = false;
  }

  self.addEventListener("online", () => sync());
  self.addEventListener("offline", () => {
    isAway = true;
    network();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());

  // ---- The camera

  const video = root.querySelector("[data-video]");
  const panel = root.querySelector("[data-scan-panel]");
  let stream = null;

  async function reader() {
    const formats = (await self.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
    if (formats.includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async () => (await detector.detect(video))[0]?.rawValue;
    }
    const { decodeQR } = await import(facts.scanner);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
      const scale = Math.min(1, 720 / Math.max(video.videoWidth, video.videoHeight));
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      try {
        return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height));
      } catch {
        return undefined; // no code in this picture
      }
    };
  }

  async function scan() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return say({ ...wordOf("unknown"), word: words.dataset.camera, tone: "wait" });
    }
    video.srcObject = stream;
    panel.hidden = false;
    await video.play();
    panel.scrollIntoView({ block: "nearest" });
    const take = await reader();
    while (stream) {
      const code = video.videoWidth ? await take().catch(() => undefined) : undefined;
      if (code) {
        stop();
        return CODE.test(code.trim().toLowerCase()) ? look(code) : say(wordOf("unknown"));
      }
      await new Promise((resume) => setTimeout(resume, 120));
    }
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    panel.hidden = true;
  }

  if (navigator.mediaDevices?.getUserMedia) {
    root.querySelector("[data-scan]").hidden = false;
    root.querySelector("[data-scan]").addEventListener("click", scan);
    root.querySelector("[data-stop]").addEventListener("click", stop);
  }

  // ---- What the phone keeps, and until when

  async function keep() {
    if (!self.caches || !navigator.serviceWorker) return;
    await navigator.serviceWorker.register(facts.worker);
    const shell = await caches.open(SHELL);
    const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((part) => part.href || part.src);
    await shell.addAll([...parts, ...facts.keep.split(" "), facts.scanner, facts.finished]);
    const page = await fetch(facts.url);
    if (page.ok) await (await caches.open(PAGES)).put(facts.url, page);
    root.dataset.kept = "yes";
  }

  async function endInTime() {
    if (now() < new Date(facts.ends)) return;
    list().replaceChildren();
    if (!(await end(facts.key))) location.replace(facts.finished);
    queue = read(my("queue"), []);
  }

  root.querySelector("[data-finish]").addEventListener("submit", async (event) => {
    event.preventDefault();
    const hint = root.querySelector("[data-unsent]");
    if (queue.length && hint.hidden) {
      hint.hidden = false;
      return;
    }
    clearTimeout(timer);
    busy = true;
    await forget(facts.key);
    await fetch(event.target.action, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" }).catch(() => null);
    location.replace(facts.finished);
  });

  root.classList.add("scripted");
  write(my("ends"), facts.ends);
  read(my("refused"), []).forEach((one) => showRefused(one));
  const kept = read(my("list"), null);
  if (kept && kept.at > facts.now.replace(/\+00:00$/, "Z")) keepList(kept.html);
  show();
  sync();
  keep().catch(() => null);
  setInterval(endInTime, 30_000);
}
