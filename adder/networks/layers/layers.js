// The layers that a browser can compute: the JavaScript face of each layer by its kind, beside __init__.py. A face has
// `compute(layer, weights, inputs, trace)`, which gives what `Layer.compute` gives, for one question. If it has a
// memory, it has `begin` and `step` as `Layer` has them. If its value is handed in, it has `given`.

import * as attention from "./attention.js";
import * as carry from "./carry.js";
import * as dense from "./dense.js";
import * as heads from "./heads.js";
import * as reading from "./reading.js";
import * as recurrent from "./recurrent.js";
import * as transformer from "./transformer_blocks.js";

export const LAYERS = { ...attention, ...carry, ...dense, ...heads, ...reading, ...recurrent, ...transformer };
