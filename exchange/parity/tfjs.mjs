// A layers model as TensorFlow.js itself saves it, with hard gates, which are its default, and layers of unequal size; and
// what it computes.
//
//     node tfjs.mjs PACKAGES FOLDER      PACKAGES has node_modules with @tensorflow/tfjs; FOLDER gets tfjs_model/ and tfjs.json

import fs from 'node:fs';
import { createRequire } from 'node:module';

const [, , packages, folder] = process.argv;
const tf = createRequire(`${packages}/`)('@tensorflow/tfjs');
const VOCABULARY = '\n abdehlorw';
const TEXT = 'hello world\nbarrel a hobo';

await tf.setBackend('cpu');
const vocab = VOCABULARY.length;
const model = tf.sequential();
model.add(tf.layers.lstm({ units: 6, returnSequences: true, inputShape: [null, vocab] }));
model.add(tf.layers.lstm({ units: 4 }));
model.add(tf.layers.dense({ units: vocab, activation: 'softmax' }));
// Weights as large as trained ones, the same each time.
let state = 20;
const random = () => {
  state = (state * 1103515245 + 12345) % 2147483648;
  return state / 2147483648 - 0.5;
};
const weights = model.getWeights().map(({ size, shape }) =>
  tf.tensor(Array.from({ length: size }, () => 2 * random()), shape));
model.setWeights(weights);

const out = `${folder}/tfjs_model`;
fs.mkdirSync(out, { recursive: true });
await model.save(tf.io.withSaveHandler(async ({ modelTopology, format, generatedBy, convertedBy, weightSpecs, weightData }) => {
  const weightsManifest = [{ paths: ['./weights.bin'], weights: weightSpecs }];
  const description = { modelTopology, format, generatedBy, convertedBy, weightsManifest };
  fs.writeFileSync(`${out}/model.json`, JSON.stringify(description));
  fs.writeFileSync(`${out}/weights.bin`, Buffer.from(weightData));
  return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
}));

const ids = [...TEXT].map((character) => VOCABULARY.indexOf(character));
const rows = ids.map((_, at) => {
  const read = tf.tensor2d([ids.slice(0, at + 1)], [1, at + 1], 'int32');
  const probabilities = model.predict(tf.oneHot(read, vocab).toFloat()).dataSync();
  return [...probabilities].map((probability) => Number(Math.log(probability).toFixed(7)));
});
const reference = {
  tfjs: tf.version.tfjs, vocabulary: VOCABULARY, text: TEXT, log_probabilities: { tfjs_model: rows },
};
fs.writeFileSync(`${folder}/tfjs.json`, `${JSON.stringify(reference)}\n`);
