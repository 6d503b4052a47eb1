// Copies a manifest's address. Without a clipboard (plain http on another host) the link is there to be copied by hand.
"use strict";

const told = document.getElementById("copied");

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      told.textContent = "Copied.";
    } catch {
      told.textContent = "This browser did not allow it. Copy the link itself.";
    }
  });
}
