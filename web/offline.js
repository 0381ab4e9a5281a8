// The page's side of the service worker. If there can be none, the page works as it does without.

const root = new URL("./", import.meta.url);

try {
  if (isSecureContext && "serviceWorker" in navigator) await start();
} catch {
  // Storage is refused, the frame is sandboxed, or the site comes without the worker.
}

async function start() {
  // After the page's own files, with which it would compete.
  if (document.readyState !== "complete") {
    await new Promise((done) => addEventListener("load", done, { once: true }));
  }
  const registration = await navigator.serviceWorker.register(new URL("service-worker.js", root));
  offerUpdates(registration);
  await active(registration);

  const report = reporter(registration);
  new PerformanceObserver(report).observe({ type: "resource" });
  addEventListener("scriptorium-loaded", report);
  report();
}

/** Waits until there is a worker at work; `serviceWorker.ready` would be that of any site above this one. */
async function active(registration) {
  if (registration.active) return;
  const worker = registration.installing ?? registration.waiting;
  await new Promise((done, failed) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done();
      if (worker.state === "redundant") failed(new Error("the site could not be kept"));
    });
  });
}

/** Reports to the worker what the page has loaded, as it could not see what came before it. */
function reporter(registration) {
  let reported = 0;
  return async () => {
    const names = performance.getEntriesByType("resource").map(({ name }) => name);
    const used = [...new Set(names)]
      .filter((name) => name.startsWith(root.href))
      // A program's version is no part of its path.
      .map((name) => name.slice(root.href.length).split("?")[0]);
    if (used.length === reported) return;
    reported = used.length;
    delete document.documentElement.dataset.offline;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: kept }) => {
      // Without weights nothing can be written, so a page that is still loading them is not ready.
      const complete = used.some((path) => path.endsWith(".safetensors"));
      if (kept && complete && used.length === reported) document.documentElement.dataset.offline = "ready";
    };
    // Whoever has cleared the site's data has ended the worker, too.
    registration.active?.postMessage({ used }, [port2]);
  };
}

/** Shows that a newer version is there; the visitor decides when it takes this one's place. */
function offerUpdates(registration) {
  const show = () => {
    document.querySelector("#update").hidden = false;
  };
  registration.addEventListener("updatefound", () => {
    const { active, installing } = registration;
    // It waits, or, if none of the older version's pages was kept, is at work at once.
    const isThere = () => installing.state === "installed" || installing.state === "activated";
    if (active) installing.addEventListener("statechange", () => isThere() && show());
  });
  if (registration.active && registration.waiting) show();
  document.querySelector("#update-now").addEventListener("click", () => {
    const worker = registration.waiting;
    // Another tab may have been sooner.
    if (!worker) return location.reload();
    worker.addEventListener("statechange", () => worker.state === "activated" && location.reload());
    worker.postMessage("take over");
  });
  // Browsers look for a new version when a page is opened; this one may stay open for days.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => {});
  });
}
