// The engine's worker: fetches the engine, says how much of it is there, and starts it. Its messages are those of
// web/src/messages/engine.rs.
// `cargo xtask finish-site` writes it here, and into every program: programs of two versions never meet in one page.
const VERSION = "SITE_VERSION";
(async () => {
  try {
    importScripts(`./engine.js?v=${VERSION}`);
    const asked = new URLSearchParams(location.search).get("v");
    if (asked !== VERSION || self.siteVersion !== VERSION) {
      throw new Error("the site has changed since the page was opened");
    }
    const response = await fetch(`./engine_bg.wasm?v=${VERSION}`, { referrerPolicy: "no-referrer" });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    let bytes = 0;
    let reported = 0;
    const count = new TransformStream({
      transform(chunk, out) {
        bytes += chunk.byteLength;
        if (bytes - reported > 100_000) {
          reported = bytes;
          postMessage({ fetching: { bytes } });
        }
        out.enqueue(chunk);
      },
    });
    // With the type that streaming compilation asks for, whatever the server calls it.
    const headers = { "Content-Type": "application/wasm" };
    await wasm_bindgen({ module_or_path: new Response(response.body.pipeThrough(count), { headers }) });
  } catch (error) {
    const message = `the engine could not be loaded (${error.message}); reload the page to try again`;
    postMessage({ failed: { message } });
  }
})();
