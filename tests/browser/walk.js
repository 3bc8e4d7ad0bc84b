// What tests ask a page that is open in the browser. Evaluated by the debugger, so the page's own policy stays in force.
(() => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  const named = (element) => {
    const words = (element.getAttribute("aria-label") || element.innerText || element.value || "").trim().slice(0, 40);
    return `${element.localName}${element.id ? `#${element.id}` : ""}${element.name ? `[${element.name}]` : ""} “${words}”`;
  };

  const wide = () => {
    const seen = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= seen) return [];
    const out = [...document.querySelectorAll("body *")].filter((e) => isSeen(e) && e.getBoundingClientRect().right > seen + 1);
    return [`${document.documentElement.scrollWidth} px in ${seen} px: ${out.slice(0, 4).map(named).join(", ")}`];
  };

  // Words cut off by a box that hides what flows over.
  const clipped = () => [...document.querySelectorAll("body *")].filter((element) => {
    if (!isSeen(element) || element.closest(".unseen, .skip, .leaflet-container, dialog:not([open])") || element.matches("input, select, textarea, svg *")) return false;
    const style = getComputedStyle(element);
    const hides = ["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    // What is one pixel wide or cut out whole is there for those who hear the page.
    const isHeardOnly = element.clientWidth <= 1 || style.clipPath !== "none";
    return hides && !isHeardOnly && element.innerText?.trim();
  }).map(named);

  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (parent && !parent.closest("script, style, template, code, [translate=no], [lang]:not(html)")) found.push(walker.currentNode.data);
    }
    for (const element of document.querySelectorAll("[placeholder], [aria-label], [title], [alt]")) {
      if (element.closest("[lang]:not(html)")) continue;
      for (const name of ["placeholder", "aria-label", "title", "alt"]) found.push(element.getAttribute(name) || "");
    }
    for (const element of document.querySelectorAll("*")) for (const [name, value] of Object.entries(element.dataset)) if (/ /.test(value) && !/^(key|rows)/.test(name)) found.push(value);
    found.push(document.title.split(" · ")[0]);
    return [...new Set(found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean))];
  };

  const headings = () => [...document.querySelectorAll("main :is(h1, h2)")].filter(isSeen).map((e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).find(Boolean) || e.innerText.trim());

  // Everything the Tab key must reach, in the order of the document; of a group of radio buttons one stands for all.
  const tabbable = () => {
    const groups = new Set();
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")].filter((element) => {
      if (element.tabIndex < 0 || element.disabled || !isSeen(element) || element.closest("[inert]")) return false;
      if (element.type !== "radio") return true;
      const group = [...document.querySelectorAll(`input[type=radio][name="${CSS.escape(element.name)}"]`)].filter((e) => e.form === element.form);
      const checked = group.find((e) => e.checked);
      if (checked) return element === checked;
      const key = `${element.form?.id}|${element.form?.action}|${element.name}`;
      return !groups.has(key) && groups.add(key);
    });
  };

  const stands = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const isMarked = (element) => stands(element) || [...(element.closest("label") ? [element.closest("label")] : [])].some(stands);

  const watch = () => {
    document.activeElement?.blur();
    window.__trail = [];
    window.__wanted = tabbable();
    window.__plain = new Map(window.__wanted.map((element) => [element, getComputedStyle(element).boxShadow]));
    const note = (event) => {
      const element = event.target;
      const at = element.getBoundingClientRect();
      window.__trail.push({ element, marked: isMarked(element), at });
    };
    document.addEventListener("focusin", note);
    // Tabbing begins at the top of the page.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    window.__trail = [];
    return window.__wanted.length;
  };

  const trail = () => {
    const reached = window.__trail;
    const order = reached.map((step) => step.element);
    const wanted = window.__wanted.filter((element) => element.isConnected);
    const missed = wanted.filter((element) => !order.includes(element)).map((e) => `not reached by Tab: ${named(e)}`);
    const met = wanted.filter((element) => order.includes(element));
    const places = met.map((element) => order.indexOf(element));
    const jumped = met.filter((_, i) => i && places[i] < places[i - 1]).map((e) => `out of order: ${named(e)}`);
    const unmarked = reached.filter((step) => !step.marked && wanted.includes(step.element)).map((s) => `focus not visible: ${named(s.element)}`);
    const backwards = met.filter((element, i) => {
      const before = met[i - 1];
      if (!before || before.parentElement !== element.parentElement) return false;
      return reached[order.indexOf(element)].at.bottom <= before.getBoundingClientRect().top - 1 && element.getBoundingClientRect().bottom <= before.getBoundingClientRect().top - 1;
    }).map((e) => `above what comes before: ${named(e)}`);
    return [...missed, ...jumped, ...unmarked, ...backwards];
  };

  const isRound = () => {
    const order = window.__trail.map((step) => step.element);
    return document.activeElement === document.body || order.indexOf(order.at(-1)) < order.length - 2;
  };

  const theme = (name) => { document.documentElement.dataset.theme = name; };
  const enlarge = (size) => { document.documentElement.style.fontSize = size; };

  const judged = async (only) => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const options = only ? { runOnly: { type: "rule", values: only } } : { runOnly: { type: "tag", values: tags } };
    const { violations } = await window.axe.run(document, { ...options, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 5).map((node) => {
      const data = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
      return `${id}: ${node.html.slice(0, 160)} — ${data.slice(0, 200)}`;
    }));
  };

  window.__walk = { wide, clipped, texts, headings, watch, trail, isRound, theme, enlarge, judged };
})();
