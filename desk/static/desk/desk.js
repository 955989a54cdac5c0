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

// A new thing's slug follows its name, as the server would make it, until somebody writes one.
document.addEventListener("input", ({ target }) => {
  const slug = document.querySelector("input[data-slug-from]");
  if (!slug || !["id_name", slug.id].includes(target.id)) return;
  if (target === slug) slug.dataset.written = slug.value;
  if (slug.dataset.written) return;
  clearTimeout(slug.waiting);
  slug.waiting = setTimeout(async () => {
    const answer = await fetch(`${slug.dataset.slugFrom}?${new URLSearchParams({ name: target.value })}`);
    if (answer.ok && !slug.dataset.written) slug.value = (await answer.json()).slug;
  }, 200);
});

// The regions to choose from are those of the country in the same row; what is typed instead is checked by the server.
const offerRegions = async (country) => {
  const region = document.getElementById(country.id.replace("country", "region"));
  const place = document.getElementById("regions");
  if (!region || !place) return;
  const list = document.getElementById(`${region.id}-list`) || document.createElement("datalist");
  list.id = `${region.id}-list`;
  place.append(list);
  region.setAttribute("list", list.id);
  const answer = await fetch(`${place.dataset.from}?${new URLSearchParams({ country: country.value })}`);
  if (!answer.ok) return;
  list.replaceChildren(...(await answer.json()).regions.map(([key, name]) => new Option(name, key)));
};
document.addEventListener("change", ({ target }) => target.matches("input[data-regions-of]") && offerRegions(target));
document.addEventListener("focusin", ({ target }) => {
  const country = document.getElementById(target.id?.replace("region", "country"));
  if (country !== target && country?.matches("input[data-regions-of]")) offerRegions(country);
});
