// Shows the door's page while there is no network; what it serves, the page itself put into the two caches.
"use strict";

const PAGES = "door-pages";
const SHELL = "door-shell";

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
    return await fetch(request);
  } catch {
    return (await alive(request)) ?? (await finished()) ?? Response.error();
  }
}

// A page that holds names is shown only while its link is alive.
async function alive(request) {
  const pages = await caches.open(PAGES);
  const kept = await pages.match(request, { ignoreSearch: true });
  if (!kept) return undefined;
  if (Date.now() < Date.parse(kept.headers.get("Door-Ends"))) return kept;
  await caches.delete(PAGES);
  return undefined;
}

async function finished() {
  return caches.match(new URL("finished", self.registration.scope), { cacheName: SHELL });
}

async function part(request) {
  const kept = await caches.match(request, { cacheName: SHELL });
  return kept ?? fetch(request);
}
