// Menus close when one looks elsewhere, and commands are copied by a button.
document.addEventListener("click", onClick);

function onClick({ target }) {
  for (const menu of document.querySelectorAll("details.menu[open], details.ask[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const copy = target.closest?.("[data-copy]");
  if (copy) copyText(copy);
}

async function copyText(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy";
  }
  setTimeout(() => button.textContent = words, 2000);
}
