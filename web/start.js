// Starts the page, and its tools behind it: the builds for this browser's WebAssembly, with SIMD or without. In a
// worker, where there is no document, it starts the program that the worker is named after; the page's program writes
// rows of a sweep there.
const withSimd = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
const ending = WebAssembly.validate(withSimd) ? "" : "-scalar";

async function start(program) {
  const { default: init } = await import(`./${program}${ending}.js`);
  await init({ module_or_path: new URL(`./${program}${ending}_bg.wasm`, import.meta.url) });
}

try {
  await start(self.document ? "page" : self.name);
  const isComplete = self.document?.querySelector("#panel") && new URLSearchParams(location.search).get("embed") !== "1";
  if (isComplete) await start("tools");
} catch (error) {
  if (!self.document) throw error;
  window.peerError = error.message;
  const notice = document.querySelector("#notice");
  if (notice) {
    notice.hidden = false;
    const words = document.querySelector("#words").content.querySelector("[data-word=start-failed]");
    notice.textContent = words.textContent.replace("{error}", error.message);
  }
}
