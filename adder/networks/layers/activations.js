// Activations, beside ACTIVATIONS in dense.py. Every function here has the name that Keras and settings have for it. It
// gets the scores of one step.

import * as arrays from "../arrays.js";

export const linear = (scores) => scores;

export const relu = (scores) => scores.map((score) => Math.max(score, 0));

export const sigmoid = (scores) => scores.map(arrays.sigmoid);

export const softmax = (scores) => arrays.softmax(scores);

export const tanh = (scores) => scores.map(Math.tanh);
