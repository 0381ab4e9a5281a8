//! What tests know of the page's programs beside the document: their states, their globals, the messages of their workers.
//! Nothing of it is named anywhere else in the tests.

/// A script is there, complete or stopped.
pub const WRITTEN: &str = "!document.body.classList.contains('writing') && \
                           document.querySelector('#status').textContent.includes('characters a second')";

/// A script is being written.
pub const WRITING: &str = "document.body.classList.contains('writing')";

/// The engine has loaded the weights and compiled its kernels.
pub const ENGINE_READY: &str = "document.querySelector('#engine-note').dataset.state == 'ready'";

/// There will be no engine.
pub const ENGINE_ABSENT: &str = "document.querySelector('#engine-note').dataset.state == 'absent'";

/// The tools, which come behind the page, are there, and the weights that they take.
pub const TOOLS_READY: &str =
    "document.documentElement.dataset.tools == 'ready' && window.scriptoriumWeights";

/// The tab Train, which is loaded when it is opened, is there.
pub const TRAIN_READY: &str = "document.documentElement.dataset.train == 'ready'";

/// All that the page took is kept for use without a network.
pub const KEPT_OFFLINE: &str = "document.documentElement.dataset.offline == 'ready'";

/// The page offers a newer version of itself.
pub const UPDATE_OFFERED: &str = "!document.querySelector('#update').hidden";

/// The page shows this view.
pub fn shows_view(name: &str) -> String {
    format!("document.body.dataset.view == '{name}'")
}

/// Before the page: keeps its workers in `workers`.
pub const KEEP_WORKERS: &str = "window.workers = [];
    window.Worker = class extends Worker { constructor(...all) { super(...all); workers.push(this); } };";

/// Before the page, after [`KEEP_WORKERS`]: counts the workers that are ready and the blocks that they wrote.
pub const COUNT_MESSAGES: &str = "window.ready = 0; window.blocks = 0;
    window.Worker = class extends Worker { constructor(...all) {
      super(...all);
      this.addEventListener('message', ({ data }) => { if (data.ready) ready++; if (data.block) blocks++; });
    } };";

/// Has the first worker break down, as by an error that nobody caught.
pub const BREAK_FIRST_WORKER: &str =
    "workers[0].dispatchEvent(new ErrorEvent('error', {message: 'lost in a test'}))";

/// Has the last worker break down.
pub const BREAK_LAST_WORKER: &str =
    "workers.at(-1).dispatchEvent(new ErrorEvent('error', {message: 'lost in a test'}))";

/// Ends the last worker as the system ends it: nobody is told.
pub const TERMINATE_LAST_WORKER: &str = "workers.at(-1).terminate()";

/// Before the page: the engine's worker is dead from the beginning, and nobody is told.
pub const ENGINE_DEAD: &str = "window.Worker = class extends Worker { constructor(...all) {
      super(...all);
      if (String(all[0]).includes('engine')) { this.terminate(); window.isDead = true; }
    } };";

/// Before the page: the engine's worker dies when it is given weights, and nobody is told.
pub const ENGINE_DIES_LOADING: &str = "window.Worker = class extends Worker {
      postMessage(message, ...all) {
        if (!message.load) return super.postMessage(message, ...all);
        this.terminate();
        window.isDead = true;
      }
    };";

/// Before the page: as soon as such a worker is dead, it looks every 20 milliseconds rather than every two seconds whether its
/// workers still speak.
pub const LOOK_OFTEN: &str = "window.wait = window.setTimeout;
    window.setTimeout = (act, time, ...all) => wait(act, time === 2000 && window.isDead ? 20 : time, ...all);";

/// In front of the engine's loader: [`DESTROY_DEVICE`] reaches its device.
pub const EXPOSE_DEVICE: &str = "const ask = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...all) {
      const device = await ask.apply(this, all);
      new BroadcastChannel('lose').onmessage = () => device.destroy();
      return device;
    };";

/// Takes the device from an engine with [`EXPOSE_DEVICE`].
pub const DESTROY_DEVICE: &str = "new BroadcastChannel('lose').postMessage(0)";

/// In front of the engine's loader: [`BREAK_WORKER`] has it break down.
pub const BREAKABLE: &str = "new BroadcastChannel('break').onmessage = () => {
      setTimeout(() => { throw new Error('broken in a test'); });
    };";

/// Has an engine with [`BREAKABLE`] break down by an error that nobody catches.
pub const BREAK_WORKER: &str = "new BroadcastChannel('break').postMessage(0)";

/// The measuring page has loaded its engine, or failed.
pub const BENCH_SETTLED: &str = "window.peerError || window.firstCharMs";

/// The measuring page has loaded its engine.
pub const BENCH_LOADED: &str = "window.firstCharMs";

/// The measuring page can train.
pub const TRAINING_BENCH_READY: &str = "window.peerError || window.trainBench";

/// What so many training steps of a recipe took on the measuring page: milliseconds a step, and the last loss.
pub fn training_bench(steps: u32, recipe: &str) -> String {
    format!("trainBench({steps}, '{recipe}').then(report => [report.msPerStep, report.loss])")
}

/// What went wrong on the measuring page.
pub const BENCH_ERROR: &str = "window.peerError";

/// The logits that the measuring page's engine has after these ids.
pub fn bench_logits(ids: &[u32]) -> String {
    format!("check({ids:?}).then(answer => answer.logits)")
}

/// Characters a second of the measuring page's engine, over so many of them.
pub fn bench_speed(count: u32) -> String {
    format!("bench({count}).then(report => report.charsPerSecond)")
}
