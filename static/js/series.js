// The button of a season says how many dates are ticked; the page works without this file.
"use strict";

const button = document.querySelector("[data-counts-ticks]");
if (button) {
  const ticks = document.querySelectorAll("input[name=chosen]");
  const say = () => {
    const n = [...ticks].filter((tick) => tick.checked).length;
    button.textContent = n === 1 ? button.dataset.one : button.dataset.many.replace("{n}", n);
    button.disabled = n === 0;
  };
  for (const tick of ticks) tick.addEventListener("change", say);
  say();
}
