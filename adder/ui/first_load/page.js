// Adds what Streamlit's pages do not do by themselves. It runs before Streamlit does.
(() => {
  const texts = __TEXTS__;

  // Streamlit would first ask the server how it is, at the address of the page and then at its folder's, and open its
  // socket only after that. With these it opens the socket at once. The scripts lie in the same folder. A page in a
  // frame asks, since a host such as Community Cloud may have an answer of its own.
  if (window === window.parent)
    window.__streamlit = {
      BACKEND_BASE_URL: new URL(".", document.baseURI).href,
      HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
    };

  const root = document.documentElement;

  // The address names the language, or else the browser does, as in `language.session_language`.
  const languageOf = (tag) => (tag ?? "").trim().toLowerCase().split(/[-_]/)[0];
  let chosen = "";
  const speak = () => {
    const given = languageOf(new URLSearchParams(location.search).get("lang"));
    if (given in texts) chosen = given;
    const wanted = [chosen, languageOf(navigator.language)].find((code) => code in texts) ?? "en";
    if (root.lang !== wanted) root.lang = wanted;
  };

  // Streamlit adds an entry to the history each time the address changes. But the Back button should lead to the
  // previous page, not to the previous answer.
  const push = history.pushState, replace = history.replaceState;
  const change = (method, page) => {
    method.apply(history, page);
    speak();
    if (document.body) settle();
  };
  history.replaceState = (...page) => change(replace, page);
  history.pushState = (...page) => {
    const samePage = new URL(page[2] ?? "", document.baseURI).pathname === location.pathname;
    change(samePage ? replace : push, page);
  };
  addEventListener("popstate", speak);

  // On a phone the menu covers the page, and Streamlit leaves it open.
  const closeMenu = () => {
    const open = document.querySelector("[data-testid=stSidebar][data-collapsed=false]");
    open?.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  };
  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-testid=stSidebarNavLink]")) closeMenu();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenu();
  });

  // Streamlit's own texts are English. What it wrote is remembered, for when the language is changed back.
  const parts = ["stFileUploader", "stElementToolbar", "stNumberInput", "stSelectbox", "stMultiSelect", "stCode",
    "stToast", "stAlert", "stHeader", "stHeaderActionElements", "stSidebar"];
  const streamlits = [...parts.map((name) => `[data-testid=${name}]`), "[role=listbox]"].join();
  const attributes = ["aria-label", "title", "placeholder"];
  const written = new WeakMap();
  const sayOne = (node, key, value, write) => {
    const before = written.get(node)?.[key];
    const english = before?.shown === value ? before.english : value;
    const own = texts[root.lang];
    const shown = own[english.trim()] ?? english.replace("MB per file", own["MB per file"]);
    if (shown === value) return;
    written.set(node, { ...written.get(node), [key]: { english, shown } });
    write(shown);
  };
  const translate = (node) => {
    if (node.nodeType === Node.TEXT_NODE) sayOne(node, "text", node.data, (shown) => (node.data = shown));
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const name of attributes) {
      const value = node.getAttribute(name);
      if (value) sayOne(node, name, value, (shown) => node.setAttribute(name, shown));
    }
    node.childNodes.forEach(translate);
  };

  // The keyboard stays in the box of such a form. A browser drops the focus when the element that had it goes away, and
  // moves it to a button that is pressed; on a phone the keyboard then closes.
  let kept = null, asked = "";
  const keepKeyboard = () => {
    const form = document.querySelector("[class*='st-key-keyboard_']");
    const box = form?.querySelector("input");
    const question = document.querySelector("[class*='st-key-live_']")?.textContent;
    if (box && (box !== kept || question !== asked)) {
      const at = document.activeElement;
      box.inputMode = form.matches("[class*='_digits']") ? "numeric" : "text";
      form.onmousedown = (event) => event.target.closest("button") && event.preventDefault();
      if (at === null || at === document.body || form.contains(at)) box.focus({ preventScroll: true });
    }
    [kept, asked] = [box, question];
  };

  let waiting = false, translated = false;
  const settle = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      // Whoever cannot see the page is told what changes in these parts.
      for (const part of document.querySelectorAll("[class*='st-key-live_']")) part.ariaLive = "polite";
      keepKeyboard();
      if (root.lang === "en" && !translated) return;
      translated = true;
      document.querySelectorAll(streamlits).forEach(translate);
    }, 100);
  };

  speak();
  addEventListener("DOMContentLoaded", () => {
    const all = { characterData: true, childList: true, subtree: true, attributeFilter: attributes };
    new MutationObserver(settle).observe(document.body, all);
    settle();
  });
})();
