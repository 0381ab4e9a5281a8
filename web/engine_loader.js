// The engine's worker: fetches the engine, says how much of it is there, and starts it.
importScripts("./engine.js");
(async () => {
  try {
    const response = await fetch("./engine_bg.wasm");
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    let bytes = 0;
    let told = 0;
    const count = new TransformStream({
      transform(chunk, out) {
        bytes += chunk.byteLength;
        if (bytes - told > 100_000) {
          told = bytes;
          postMessage(["fetching", bytes]);
        }
        out.enqueue(chunk);
      },
    });
    // With the type that streaming compilation asks for, whatever the server calls it.
    const headers = { "Content-Type": "application/wasm" };
    await wasm_bindgen({ module_or_path: new Response(response.body.pipeThrough(count), { headers }) });
  } catch (error) {
    postMessage(["failed", `the engine could not be loaded (${error.message}); reload the page to try again`]);
  }
})();
