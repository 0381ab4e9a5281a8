// Training, measured: `bench.html?train=1&workers=N`, or `engine=webgpu` in place of workers, defines
// `trainBench(steps, shape)`, `shape` being `notebook` or `sequence`. The program that trains is asked as the tab Train asks it; its messages are those of
// web/src/messages/learner.rs.
const parameters = new URLSearchParams(location.search);

if (parameters.get("train") === "1") {
  const script = `./start.js?v=${document.documentElement.dataset.version}`;
  const name = parameters.get("engine") === "webgpu" ? "learner-gpu" : "learner";
  const worker = new Worker(script, { type: "module", name });
  let heard;
  const answer = () => new Promise((resolve, reject) => (heard = { resolve, reject }));
  worker.addEventListener("error", (event) => heard?.reject(new Error(event.message)));
  worker.addEventListener("message", ({ data }) => {
    if (data.failed) heard?.reject(new Error(data.failed.message));
    else heard?.resolve(data);
  });

  const started = answer();
  const workers = Number(parameters.get("workers") ?? 1);
  let anew = true;
  window.trainBench = async (steps, shape) => {
    await started;
    const benched = answer();
    worker.postMessage({ bench: { recipe: shape, steps, workers, anew } });
    anew = false;
    const { milliseconds, characters, losses } = (await benched).benched;
    return {
      msPerStep: milliseconds / steps,
      charsPerSecond: (characters / milliseconds) * 1000,
      first: losses[0],
      loss: losses.at(-1),
      losses: Array.from(losses),
    };
  };
}
