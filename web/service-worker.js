// Keeps the site for visits without a network: the page when this is installed, the engine and the weights when they
// are first used. Every file is known by its SHA-256, so that files of two versions never meet in one page.

// The site's files as { path, sha256, bytes, shell }; `cargo xtask finish-site` writes them here. Without them, as
// when the page is served while it is worked on, nothing is kept and every request goes to the network.
const FILES = [/* FILES */];

const ROOT = new URL("./", location.href);
// Other sites of the same origin have caches beside this one.
const CACHE = `scriptorium ${ROOT.pathname}`;
const OLDER = new URL("?older", ROOT).href;
const files = new Map(FILES.map((file) => [file.path, file]));
const underway = new Map();
let first = false;
let olderPages;

const keyOf = (file) => new URL(`${file.path}?sha256=${file.sha256}`, ROOT).href;
const keptOf = async (file) => (await caches.open(CACHE)).match(keyOf(file));

addEventListener("install", (event) => {
  first = !registration.active;
  event.waitUntil(Promise.all(FILES.filter((file) => file.shell).map(keep)));
});

addEventListener("activate", (event) => event.waitUntil(activate()));

addEventListener("fetch", (event) => {
  const file = asked(event.request);
  if (file) event.respondWith(answer(file, event));
});

addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(takeOver());
  else if (event.data.used) event.waitUntil(keepUsed(event.data.used, event.ports[0]));
});

async function activate() {
  const cache = await caches.open(CACHE);
  const wanted = new Set([OLDER, ...FILES.map(keyOf)]);
  const keys = await cache.keys();
  await Promise.all(keys.filter(({ url }) => !wanted.has(url)).map((key) => cache.delete(key)));
  // Only a page that has no older worker, so that what it loads from now on is kept at once.
  if (first) await clients.claim();
}

/** The visitor wants this version now. */
async function takeOver() {
  // The browser hands all open pages over to this worker. They are of an older version, and get no files of this one.
  const open = await clients.matchAll({ type: "all", includeUncontrolled: true });
  const cache = await caches.open(CACHE);
  await cache.put(OLDER, Response.json(open.map((client) => client.id)));
  await self.skipWaiting();
}

/** The listed file that is asked for; a page with settings in its address is the page. */
function asked({ method, url }) {
  const { href, pathname, search } = new URL(url);
  if (method !== "GET" || !href.startsWith(ROOT.href)) return undefined;
  const path = pathname.slice(ROOT.pathname.length) || "index.html";
  return search && path !== "index.html" ? undefined : files.get(path);
}

async function answer(file, event) {
  const { request, clientId } = event;
  if (request.mode !== "navigate" && (await isOlder(clientId))) return refused(file);
  const kept = await keptOf(file);
  if (kept) return kept;
  // All of the page was kept. If the browser has dropped it since, all of it comes from the network, whatever the version.
  if (file.shell) return fetch(request);
  const { response, checked } = await load(file);
  // To the end, even if the page goes away meanwhile.
  event.waitUntil(checked.catch(() => {}));
  return response.clone();
}

async function isOlder(clientId) {
  olderPages ??= (async () => {
    const kept = await (await caches.open(CACHE)).match(OLDER);
    return new Set(kept ? await kept.json() : []);
  })();
  return (await olderPages).has(clientId);
}

function refused(file) {
  const why = `${file.path} is of another version than this page; reload the page`;
  return new Response(why, { status: 409, statusText: why, headers: { "content-type": "text/plain" } });
}

/** The file from the network, asked for once, however many want it meanwhile. */
function load(file) {
  if (!underway.has(file.path)) {
    const loading = fetched(file);
    underway.set(file.path, loading);
    const over = () => underway.delete(file.path);
    loading.then(({ checked }) => checked).then(over, over);
  }
  return underway.get(file.path);
}

/** The file as it comes, and the promise that it is the right one and kept. */
async function fetched(file) {
  // What the browser's own cache has may be of an older version: the server is asked, and sends nothing twice.
  const response = await fetch(new URL(file.path, ROOT), { cache: "no-cache" });
  if (!response.ok) return { response, checked: Promise.reject(new Error(`${file.path}: ${response.status}`)) };
  const [shown, copy] = response.body.tee();
  const checked = new Response(copy).arrayBuffer().then((body) => check(body, file, response));
  // The page sees how far a file has come, but the end only of the right one; else its request fails.
  const passed = shown.pipeThrough(new TransformStream({ flush: () => checked }));
  return { response: new Response(passed, { headers: headersOf(response) }), checked };
}

async function check(body, file, response) {
  if (!(await isRight(body, file))) {
    // The server has moved on; the visitor is told of the newer version as soon as it is here.
    registration.update().catch(() => {});
    throw new Error(`${file.path} is of another version than this page; reload the page`);
  }
  const cache = await caches.open(CACHE);
  // If there is no room, the page works as it does without this worker.
  await cache.put(keyOf(file), new Response(body, { headers: headersOf(response) })).catch(() => {});
}

async function isRight(body, file) {
  if (body.byteLength !== file.bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === file.sha256;
}

/** The type alone: lengths and encodings are those of the way here. */
function headersOf(response) {
  return { "content-type": response.headers.get("content-type") ?? "application/octet-stream" };
}

async function keep(file) {
  if (await keptOf(file)) return;
  await (await load(file)).checked;
  if (!(await keptOf(file))) throw new Error(`there is no room to keep ${file.path}`);
}

/** Keeps files that a page has loaded by itself, and says whether they all are kept. */
async function keepUsed(paths, port) {
  // A program in a worker loads its own files, of which the page knows nothing.
  const used = paths.flatMap((path) => {
    const [name, rest] = path.split("_loader.js");
    return rest === "" ? [path, `${name}.js`, `${name}_bg.wasm`] : [path];
  });
  const listed = used.map((path) => files.get(path)).filter(Boolean);
  const results = await Promise.allSettled(listed.map(keep));
  port.postMessage(listed.length > 0 && results.every(({ status }) => status === "fulfilled"));
}
