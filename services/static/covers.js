// Puts an object's title in the place of a cover that does not come: one of another server that is gone or not let in.

function stand(image) {
  const title = Object.assign(document.createElement("span"), { textContent: image.dataset.title, dir: "auto" });
  const blank = Object.assign(document.createElement("span"), { className: "blank" });
  blank.append(title);
  image.replaceWith(blank);
}

for (const image of document.querySelectorAll(".cover img")) {
  if (image.complete && !image.naturalWidth && image.loading !== "lazy") stand(image);
  else image.addEventListener("error", () => stand(image), { once: true });
}
