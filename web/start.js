// Starts the page, and its tools behind it: the builds for this browser's WebAssembly, with SIMD or without. In a
// worker, where there is no document, it starts the program that the worker is named after; the page's program writes
// rows of a sweep there.
const withSimd = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
const ending = WebAssembly.validate(withSimd) ? "" : "-scalar";
// `cargo xtask finish-site` writes it here, and into every program: programs of two versions never meet in one page.
const VERSION = "SITE_VERSION";

async function start(program) {
  const address = (file) => new URL(`./${program}${ending}${file}?v=${VERSION}`, import.meta.url);
  const { default: init, siteVersion } = await import(address(".js"));
  check(siteVersion);
  await init({ module_or_path: address("_bg.wasm") });
}

/** Starts the program of a view when the view is opened; if that fails, again when it is opened anew. */
function startOnceOpened(view) {
  const { body } = document;
  let isStarting = false;
  const opened = async () => {
    if (isStarting || body.dataset.view !== view) return;
    isStarting = true;
    try {
      await start(view);
      watch.disconnect();
    } catch (error) {
      report(error);
    }
    isStarting = false;
  };
  const watch = new MutationObserver(opened);
  watch.observe(body, { attributeFilter: ["data-view"] });
  opened();
}

/** Says why the page, or a part of it, could not be started. */
function report(error) {
  window.peerError = error.message;
  const notice = document.querySelector("#notice");
  if (notice) {
    notice.hidden = false;
    const words = document.querySelector("#words").content.querySelector("[data-word=start-failed]");
    notice.textContent = words.textContent.replace("{error}", error.message);
  }
}

/** A browser may have kept a part of the site from before it changed. */
function check(version) {
  if (version !== VERSION) throw new Error("the site has changed since the page was opened");
}

try {
  check(new URL(import.meta.url).searchParams.get("v"));
  const parameters = new URLSearchParams(`${location.hash.slice(1)}&${location.search.slice(1)}`);
  const mayTrain = parameters.get("embed") !== "1" || parameters.get("train") === "1";
  // In somebody else's page one trains only if its address says so.
  if (!mayTrain) self.document?.querySelector("#tab-train")?.remove();
  // A worker may have more to its name than its program's.
  await start(self.document ? "page" : self.name.split(" ")[0]);
  const isComplete = self.document?.querySelector("#panel") && parameters.get("embed") !== "1";
  if (isComplete) await start("tools");
  if (self.document?.querySelector("#tab-train")) startOnceOpened("train");
} catch (error) {
  if (!self.document) throw error;
  report(error);
}
