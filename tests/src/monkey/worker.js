// In front of the scripts that workers begin with: what breaks there reaches the monkey, and the monkey reaches them.
if (!self.document) {
  const say = console.error;
  console.error = (...all) => {
    postMessage({ monkeyFound: `in a worker: ${all.join(" ")}` });
    say.apply(console, all);
  };
  const devices = [];
  if (self.GPUAdapter) {
    const ask = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...all) {
      const device = await ask.apply(this, all);
      devices.push(device);
      return device;
    };
  }
  new BroadcastChannel("monkey").onmessage = ({ data }) => {
    if (data === "lose") for (const device of devices) device.destroy();
    if (data === "break") setTimeout(() => { throw new Error("broken by the monkey"); });
  };
}
