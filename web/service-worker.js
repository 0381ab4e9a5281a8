// Keeps the site for visits without a network: the page when this is installed, the engine and the weights when they
// are first used. Every file is known by its SHA-256, and programs are asked for with their version, so that files of two
// versions never meet in one page. The browser's storage may fail or keep silent at any time; the network answers then.

// The site's files as { path, sha256, bytes, shell, versioned }; `cargo xtask finish-site` writes them here. Without them, as
// when the page is served while it is worked on, nothing is kept and every request goes to the network.
const FILES = [/* FILES */];
// Of all files together.
const VERSION = "SITE_VERSION";

const ROOT = new URL("./", location.href);
// Other sites of the same origin have caches beside this one.
const CACHE = `scriptorium ${ROOT.pathname}`;
const OLDER = new URL("?older", ROOT).href;
// What holds for the site holds for its kept files: what may run, who may embed it, what is told to others.
const KEPT_HEADERS = [
  "content-type",
  "content-security-policy",
  "content-security-policy-report-only",
  "cross-origin-embedder-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "access-control-allow-origin",
  "origin-agent-cluster",
  "permissions-policy",
  "referrer-policy",
  "x-content-type-options",
  "x-frame-options",
];
// Milliseconds after which storage that says nothing is passed over, as long as there is a network.
const STORAGE_PATIENCE = 3_000;
const files = new Map(FILES.map((file) => [file.path, file]));
const underway = new Map();
let olderPages;
// Whether a page came from the network because the kept one is lost and the site has moved on.
let isPassing = false;

// Kept files of versions that did not keep headers have another key.
const keyOf = (file) => new URL(`${file.path}?kept=2&sha256=${file.sha256}`, ROOT).href;
// As the page asks, so that what it has just loaded is not sent twice.
const addressOf = ({ path, versioned }) => new URL(versioned ? `${path}?v=${VERSION}` : path, ROOT);
const keptOf = async (file) => (await caches.open(CACHE)).match(keyOf(file));

addEventListener("install", (event) => {
  event.waitUntil(Promise.all(FILES.filter((file) => file.shell).map(keep)));
});

// Pages that are open already are not taken over: they may be of another version, and go on as they began.
addEventListener("activate", (event) => event.waitUntil(tidy().catch(() => {})));

addEventListener("fetch", (event) => {
  const file = asked(event.request);
  if (file) event.respondWith(answer(file, event));
});

addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(takeOver());
  else if (event.data.used) event.waitUntil(keepUsed(event.data.used, event.ports[0]));
});

async function tidy() {
  const cache = await caches.open(CACHE);
  const wanted = new Set([OLDER, ...FILES.map(keyOf)]);
  const keys = await cache.keys();
  await Promise.all(keys.filter(({ url }) => !wanted.has(url)).map((key) => cache.delete(key)));
}

/** The visitor wants this version now. */
async function takeOver() {
  // The browser hands all open pages over to this worker. They are of an older version, and get no files of this one.
  const open = await clients.matchAll({ type: "all", includeUncontrolled: true });
  const ids = open.map((client) => client.id);
  olderPages = Promise.resolve(new Set(ids));
  const noted = async () => (await caches.open(CACHE)).put(OLDER, Response.json(ids));
  await soon(noted());
  await self.skipWaiting();
}

/** The listed file that is asked for; a page with settings in its address is the page. */
function asked({ method, url }) {
  const { href, pathname, searchParams, search } = new URL(url);
  if (method !== "GET" || !href.startsWith(ROOT.href)) return undefined;
  const path = pathname.slice(ROOT.pathname.length) || "index.html";
  const isPlain = !search || path === "index.html" || search === `?v=${searchParams.get("v")}`;
  return isPlain ? files.get(path) : undefined;
}

async function answer(file, event) {
  const { request, clientId } = event;
  if (request.mode === "navigate") return page(file, request);
  if (await isOlder(clientId)) return refused(file);
  // A page that is not kept here; programs look themselves whether they are of the version that was asked for.
  if (!isOfThisVersion(request)) return fetch(request, { cache: "no-cache" });
  const kept = await soon(keptOf(file));
  if (kept) return kept;
  if (isPassing && !file.versioned) return fetch(request, { cache: "no-cache" });
  const { response, checked } = await load(file);
  // To the end, even if the page goes away meanwhile.
  event.waitUntil(checked.catch(() => {}));
  return response.clone();
}

/** Whether a request names this version, or none. */
function isOfThisVersion({ url }) {
  const version = new URL(url).searchParams.get("v");
  return version === null || version === VERSION;
}

/** A document: the kept one, else the listed one from the network, else whatever the site has by now. */
async function page(file, request) {
  const kept = await soon(keptOf(file));
  if (kept) return kept;
  try {
    const response = await fetch(request.url, { cache: "no-cache", referrerPolicy: "no-referrer" });
    const body = await response.clone().arrayBuffer();
    if (!(await isRight(body, file))) {
      isPassing = true;
      registration.update().catch(() => {});
    }
    return response;
  } catch (error) {
    // Without a network there is time to wait for the storage.
    const late = await keptOf(file).catch(() => undefined);
    if (late) return late;
    throw error;
  }
}

/** What storage answers, or nothing if it fails or takes too long. */
function soon(promise) {
  const silence = new Promise((done) => setTimeout(done, STORAGE_PATIENCE));
  return Promise.race([promise.catch(() => undefined), silence]);
}

async function isOlder(clientId) {
  olderPages ??= (async () => {
    const kept = await soon(caches.open(CACHE).then((cache) => cache.match(OLDER)));
    return new Set(kept ? await kept.json().catch(() => []) : []);
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

/** The file as it comes, and the promise that it is the right one and, where there is room, kept. */
async function fetched(file) {
  let response;
  try {
    // What the browser's own cache has may be of an older version: the server is asked, and sends nothing twice.
    response = await fetch(addressOf(file), { cache: "no-cache", referrerPolicy: "no-referrer" });
  } catch (error) {
    // Without a network there is time to wait for the storage.
    const late = await keptOf(file).catch(() => undefined);
    if (late) return { response: late, checked: Promise.resolve() };
    throw error;
  }
  if (!response.ok) return { response, checked: Promise.reject(new Error(`${file.path}: ${response.status}`)) };
  const [shown, copy] = response.body.tee();
  const right = new Response(copy).arrayBuffer().then((body) => checkedBody(body, file));
  // The page sees how far a file has come, but the end only of the right one; else its request fails.
  const passed = shown.pipeThrough(new TransformStream({ flush: async () => void (await right) }));
  const headers = headersOf(response);
  // If there is no room or no storage, the page works as it does without this worker.
  const checked = right.then((body) => put(file, new Response(body, { headers })).catch(() => {}));
  return { response: new Response(passed, { headers }), checked };
}

async function checkedBody(body, file) {
  if (await isRight(body, file)) return body;
  // The server has moved on; the visitor is told of the newer version as soon as it is here.
  registration.update().catch(() => {});
  // A part of the page is lost: opened again, all of it comes from the network.
  if (file.shell) await soon(caches.open(CACHE).then((cache) => cache.delete(keyOf(files.get("index.html")))));
  throw new Error(`${file.path} is of another version than this page; reload the page`);
}

async function put(file, response) {
  await (await caches.open(CACHE)).put(keyOf(file), response);
}

async function isRight(body, file) {
  if (body.byteLength !== file.bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === file.sha256;
}

/** Lengths and encodings are those of the way here; what is said of the file itself stays with it. */
function headersOf(response) {
  const kept = new Headers({ "content-type": "application/octet-stream" });
  for (const name of KEPT_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
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
