// What the monkey does in a page, and what it hears of the page's workers. Runs before any script of the page.
(() => {
  const find = (selector) => document.querySelector(selector);
  const tell = (element, ...events) => {
    for (const event of events) element.dispatchEvent(new Event(event, { bubbles: true }));
  };
  const workers = [];
  window.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      workers.push(this);
      this.addEventListener("message", (event) => {
        const found = event.data?.monkeyFound;
        if (found === undefined) return;
        // It is none of the program's messages.
        event.stopImmediatePropagation();
        console.error(found);
      });
    }
  };
  /** Tells all workers of the site, in whichever tab. */
  const everyWorker = (what) => {
    const channel = new BroadcastChannel("monkey");
    channel.postMessage(what);
    channel.close();
  };
  const bytesOf = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const fileOf = async (kind) => {
    if (kind === "noise.keras") return new File([crypto.getRandomValues(new Uint8Array(5000))], kind);
    if (kind === "empty.h5") return new File([], kind);
    if (kind === "half.safetensors") {
      const whole = await bytesOf("weights/notebook.safetensors");
      return new File([whole.slice(0, whole.length / 2)], kind);
    }
    if (kind === "whole.safetensors") return new File([await bytesOf("weights/notebook.safetensors")], kind);
    return new File([await bytesOf(kind)], kind);
  };
  /** A text of some ten thousand characters, in which something can be learnt. */
  const play = () => {
    const lines = [
      "ROMEO:\nBut soft, what light through yonder window breaks?\n\n",
      "JULIET:\nO Romeo, Romeo, wherefore art thou Romeo?\n\n",
      "NURSE:\nMadam, your mother craves a word with you.\n\n",
    ];
    return Array.from({ length: 200 }, (_, at) => lines[(at * 7 + Math.floor(at / 5)) % lines.length]).join("");
  };
  const within = (milliseconds, promise) =>
    Promise.race([promise, new Promise((done) => setTimeout(done, milliseconds))]);

  window.monkey = {
    press(selector) {
      find(selector)?.click();
    },
    pressOneOf(selector, at) {
      const all = document.querySelectorAll(selector);
      all[at % all.length]?.click();
    },
    type(selector, text) {
      const field = find(selector);
      if (!field) return;
      field.value = text;
      tell(field, "input", "change");
    },
    choose(selector, at) {
      const list = find(selector);
      if (!list?.options.length) return;
      list.selectedIndex = at % list.options.length;
      tell(list, "change");
    },
    key(selector, key) {
      find(selector)?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    },
    burst(selector, count) {
      for (let n = 0; n < count; n++) find(selector)?.click();
    },
    go(address) {
      // Behind this script, which would else not be heard of.
      setTimeout(() => {
        // Where there was no network there is a page of the browser's own.
        if (!location.protocol.startsWith("http")) return;
        try {
          location.assign(address);
        } catch {
          // An empty page has nothing that an address could be relative to.
        }
      });
    },
    reload() {
      setTimeout(() => location.reload());
    },
    travel(steps) {
      setTimeout(() => history.go(steps));
    },
    say(message) {
      postMessage(message, "*");
    },
    breakWorkers() {
      everyWorker("break");
    },
    loseDevice() {
      everyWorker("lose");
    },
    endWorker(at) {
      workers[at % workers.length]?.terminate();
    },
    clearStorage() {
      const all = async () => {
        localStorage.clear();
        for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
        for (const name of await caches.keys()) await caches.delete(name);
      };
      return within(3000, all().catch(() => {}));
    },
    /** Fills the tab Train for a small training; whether its program is there and does nothing else. */
    fillTraining(units, epochs) {
      if (document.documentElement.dataset.train !== "ready" || find("#train-fields").disabled) return false;
      const wanted = { recipe: "sequence", hidden: units, layers: 1, batch: 4, time: 25, epochs, samples: 1, workers: 1 };
      for (const [name, value] of Object.entries(wanted)) monkey.type(`#train-${name}`, String(value));
      monkey.type("#train-text", play());
      return true;
    },
    /** Opens the tab and fills it as soon as its program is there. Without a network there may be none. */
    async prepareTraining(units, epochs) {
      monkey.press("#tab-train");
      for (let looks = 0; looks < 60 && !monkey.fillTraining(units, epochs); looks++) {
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    /** Brings a model as a person does: in the dialog, or by dropping it. */
    bring(kinds, isDropped) {
      const bring = async () => {
        const files = new DataTransfer();
        for (const kind of kinds) files.items.add(await fileOf(kind));
        if (isDropped) {
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
          monkey.press("#own-add");
          return;
        }
        monkey.press("#own");
        for (const file of files.files) {
          const one = new DataTransfer();
          one.items.add(file);
          const field = find(/\.(json|txt)$/.test(file.name) ? "#own-vocabulary" : "#own-model");
          if (!field) return;
          field.files = one.files;
          tell(field, "change");
        }
        monkey.press("#own-add");
      };
      // Without a network there are no files to bring.
      return within(5000, bring().catch(() => {}));
    },
  };
})();
