/* Copying what is shown once, a query code or a one-time password: <button data-gw-copy="text">. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-gw-copy]");
    if (!button) { return; }
    var done = function (text) {
      var status = document.getElementById("gw-status");
      if (status) { status.textContent = text; }
      button.lastChild.textContent = text;
    };
    if (!navigator.clipboard) { done("请选中文字复制"); return; }
    navigator.clipboard.writeText(button.dataset.gwCopy).then(function () { done("已复制"); }, function () { done("请选中文字复制"); });
  });
})();
