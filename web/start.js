// Starts the page: the build for this browser's WebAssembly, with SIMD or without.
const withSimd = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
try {
  const page = WebAssembly.validate(withSimd) ? "page" : "page-scalar";
  const { default: start } = await import(`./${page}.js`);
  await start({ module_or_path: new URL(`./${page}_bg.wasm`, import.meta.url) });
} catch (error) {
  window.peerError = error.message;
  const notice = document.querySelector("#notice");
  if (notice) {
    notice.hidden = false;
    notice.textContent = `The page could not be started (${error.message}); reload it, or open it in a current browser.`;
  }
}
