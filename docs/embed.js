// Where the frames come from: theirs are the only messages that count, and only they get ours.
const site = location.origin;
const frames = [...document.querySelectorAll("iframe")];
const report = document.querySelector("#report");
const written = frames.map(() => 0);

const send = (message) =>
  frames.forEach((frame) => frame.contentWindow.postMessage({ scriptorium: 1, ...message }, site));

addEventListener("message", ({ origin, source, data }) => {
  const at = frames.findIndex((frame) => frame.contentWindow === source);
  if (origin !== site || at < 0 || data?.scriptorium !== 1) return;
  if (data.type === "ready") document.querySelector("#generate").disabled = false;
  if (data.type === "resize") frames[at].style.height = `${data.height + 4}px`;
  if (data.type === "text") written[at] += data.text.length;
  if (data.type === "error") report.textContent = data.message;
  if (data.type === "text" || data.type === "done") {
    report.textContent = `Characters so far: ${written.join(" and ")}.`;
  }
});

const temperature = document.querySelector("#temperature");
temperature.addEventListener("input", () => {
  document.querySelector("#shown").textContent = temperature.value;
  send({ type: "set", temperature: Number(temperature.value) });
});
document.querySelector("#generate").addEventListener("click", () => {
  written.fill(0);
  send({ type: "generate", seed: Math.floor(Math.random() * 1e6) });
});
document.querySelector("#stop").addEventListener("click", () => send({ type: "stop" }));
