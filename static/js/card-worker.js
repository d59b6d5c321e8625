// Shows the page behind a card's code while there is no network; the page itself put the one copy into the cache.
"use strict";

const PAGES = "card-pages";
const SHELL = "card-shell";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (new URL(request.url).pathname.includes("/static/")) event.respondWith(part(request));
});

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.status === 404 || answer.status === 410) await forget(request);
    return answer;
  } catch {
    return (await alive(request)) ?? Response.error();
  }
}

// A page that names people is shown only until an hour after the meetup.
async function alive(request) {
  const kept = await caches.match(request, { cacheName: PAGES });
  if (!kept) return undefined;
  if (Date.now() < Number(kept.headers.get("Card-Ends"))) return kept;
  await caches.delete(PAGES);
  return undefined;
}

async function forget(request) {
  const pages = await caches.open(PAGES);
  if (await pages.match(request)) await caches.delete(PAGES);
}

async function part(request) {
  const kept = await caches.match(request, { cacheName: SHELL });
  return kept ?? fetch(request);
}
