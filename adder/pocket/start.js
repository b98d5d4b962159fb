// Starts the page. Its script stands in it deflated, to leave room for the weights; the policy knows both scripts by
// their digests, and lets no other one run.

import { inflated } from "./weights.js";

inflated(document.getElementById("script").textContent).then(
  (bytes) => {
    const script = document.createElement("script");
    script.textContent = new TextDecoder().decode(bytes);
    document.body.append(script);
  },
  () => document.body.append("This page needs a newer browser. 本页面需要较新的浏览器。"),
);
