/* The demo's sign-in page: one tap fills in an account. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-fill-username]");
    if (!button) { return; }
    var form = document.getElementById("sign-in");
    form.elements.username.value = button.dataset.fillUsername;
    form.elements.password.value = button.dataset.fillPassword;
    form.querySelector("button[type=submit]").focus();
    form.scrollIntoView({ block: "center" });
  });
}());
