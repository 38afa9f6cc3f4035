// What is wrong in a form is told beside every field at once, in place of the browser's bubble at the first one.
document.addEventListener("invalid", tellInvalid, true);
document.addEventListener("input", checkField);

function tellInvalid(event) {
  event.preventDefault();
  const field = event.target;
  sayProblem(field, field.validationMessage);
  if (field === [...field.form.elements].find(({ validity }) => !validity.valid)) field.focus();
}

/** What was wrong with a field need not be so any more when somebody types there. */
function checkField({ target: field }) {
  if (field.matches("textarea[data-json]")) field.setCustomValidity(jsonProblem(field.value));
  if (field.getAttribute("aria-invalid")) sayProblem(field, field.validationMessage);
}

function sayProblem(field, text) {
  const label = field.closest("label") ?? field.parentElement;
  const problem = label.querySelector(".problem") ?? document.createElement("span");
  if (!text) {
    problem.remove();
    return field.removeAttribute("aria-invalid");
  }
  problem.className = "problem";
  problem.textContent = text;
  label.append(problem);
  field.setAttribute("aria-invalid", "true");
}

/** Why a text is not JSON; empty where it is, and where there is none. */
function jsonProblem(text) {
  try {
    if (text.trim()) JSON.parse(text);
    return "";
  } catch (error) {
    return `is not JSON: ${error.message}`;
  }
}
