// Keeps which versions the programs are of that are started in a page, and in the workers that it starts: their WebAssembly says so.
(() => {
  self.versions ??= [];
  self.failures ??= [];
  if (self.isWatched) return;
  self.isWatched = true;
  const note = (version) => {
    if (self.document) self.versions.push(version);
    else postMessage({ deployed: version });
  };
  const noted = (result) => {
    const module = result.module ?? result;
    const sections = module instanceof WebAssembly.Module ? WebAssembly.Module.customSections(module, "deployed") : [];
    for (const section of sections) note(new TextDecoder().decode(section));
    return result;
  };
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const ours = WebAssembly[name];
    WebAssembly[name] = (...all) => ours.apply(WebAssembly, all).then(noted);
  }
  if (!self.document) return;
  addEventListener("error", (event) => self.failures.push(String(event.message)));
  addEventListener("unhandledrejection", (event) => self.failures.push(String(event.reason)));
  self.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", (event) => {
        if (event.data?.deployed === undefined) return;
        event.stopImmediatePropagation();
        self.versions.push(event.data.deployed);
      });
    }
  };
})();
