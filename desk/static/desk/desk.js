// htmx would write a style sheet into the page, which the policy forbids; nothing here shows its indicator.
window.htmx.config.includeIndicatorStyles = false;

// A picture that was chosen is shown before it is saved; as data:, which the policy allows.
document.addEventListener("change", ({ target }) => {
  const place = target.matches("input[type=file]") && target.closest("tr")?.querySelector(".picture-preview");
  if (!place || !target.files[0]) return;
  const reader = new FileReader();
  reader.onload = () => {
    const picture = document.createElement("img");
    picture.alt = target.files[0].name;
    picture.src = reader.result;
    picture.onerror = () => place.replaceChildren("–"); // no picture: the answer will say so
    place.replaceChildren(picture);
  };
  reader.readAsDataURL(target.files[0]);
});
