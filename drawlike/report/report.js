"use strict";
(() => {
  const root = document.documentElement;
  const titles = document.title.split(" / ");
  const buttons = document.querySelectorAll("[data-to]");

  const remembered = () => {
    try { return localStorage.getItem("drawlike-language"); } catch { return null; }
  };
  const remember = (language) => {
    try { localStorage.setItem("drawlike-language", language); } catch { /* a private window */ }
  };
  const show = (language) => {
    root.lang = language;
    document.title = titles[language === "zh" ? titles.length - 1 : 0];
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.to === language)));
  };

  buttons.forEach((button) => button.addEventListener("click", () => {
    show(button.dataset.to);
    remember(button.dataset.to);
  }));
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  });
  const preferred = (navigator.language || "en").startsWith("zh") ? "zh" : "en";
  root.classList.add("scripted");
  show(["en", "zh"].includes(remembered()) ? remembered() : preferred);
})();
