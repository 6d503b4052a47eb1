// Shows how far ingests are while the page is looked at: what the server says of them takes the old words' place.
// Without it the page tells the same when it is loaded again.

const EVERY = 2000;

function follow(part) {
  let told = part.innerHTML;

  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(part.dataset.live, { redirect: "manual", cache: "no-store" });
        if (answer.status === 403) {
          part.textContent = "You are not signed in any more: load this page again.";
          return;
        }
        if (answer.ok) {
          const text = await answer.text();
          if (text !== told && !part.contains(document.activeElement)) {
            part.innerHTML = text;
            told = text;
          }
        }
      } catch {
        // The server is away for a moment: the next look may find it.
      }
    }
    setTimeout(look, EVERY);
  }

  setTimeout(look, EVERY);
}

for (const part of document.querySelectorAll("[data-live]")) follow(part);
