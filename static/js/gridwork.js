/* Behaviour of every page: menu, counts, dialogs, confirmation, double submit, heavy scripts on demand.
   No inline handlers, no eval: everything hangs on data attributes. */
(function () {
  "use strict";
  var root = document.documentElement;
  var body = document.body;
  var narrow = window.matchMedia("(max-width: 991.98px)");
  var $ = function (id) { return document.getElementById(id); };
  var all = function (selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); };

  function say(text) {
    var status = $("gw-status");
    if (status) { status.textContent = text; }
  }

  /* --- menu: a column on the desktop, a drawer below */
  function menuShown() { return narrow.matches ? root.classList.contains("gw-drawer") : !root.classList.contains("gw-menu-closed"); }

  function showMenu(open) {
    var page = $("gw-page");
    if (narrow.matches) {
      root.classList.toggle("gw-drawer", open);
      $("gw-shade").hidden = !open;
      page.inert = open;
      if (open) { focusFirst($("gw-menu")); }
    } else {
      root.classList.toggle("gw-menu-closed", !open);
      document.cookie = "gw_menu=" + (open ? "open" : "closed") + ";path=/;max-age=31536000;samesite=lax";
    }
    $("gw-menu-button").setAttribute("aria-expanded", String(open));
  }

  function focusFirst(box) {
    var first = box.querySelector("[aria-current], summary, a, button, input");
    if (first) { first.focus(); }
  }

  function setUpMenu() {
    var button = $("gw-menu-button");
    if (!button) { return; }
    button.setAttribute("aria-expanded", String(menuShown()));
    button.addEventListener("click", function () { showMenu(!menuShown()); });
    $("gw-shade").addEventListener("click", function () { showMenu(false); });
    narrow.addEventListener("change", function () {
      root.classList.remove("gw-drawer");
      $("gw-shade").hidden = true;
      $("gw-page").inert = false;
      button.setAttribute("aria-expanded", String(menuShown()));
    });
    all("details[data-gw-group]").forEach(function (group) {
      var key = "gw-group-" + group.dataset.gwGroup;
      var kept = localStorage.getItem(key);
      if (kept) { group.open = kept === "open" || Boolean(group.querySelector("[aria-current]")); }
      // A click (Enter and the space bar are one too) is somebody's wish; that a page opened its own part is not kept.
      group.querySelector("summary").addEventListener("click", function () { localStorage.setItem(key, group.open ? "closed" : "open"); });
    });
    showCurrent();
  }

  /* A menu longer than the window begins where the page is. */
  function showCurrent() {
    var menu = $("gw-menu");
    var current = menu && menu.querySelector("[aria-current]");
    if (current && current.offsetTop + current.offsetHeight > menu.clientHeight) { menu.scrollTop = current.offsetTop - menu.clientHeight / 2; }
  }

  /* --- numbers of the menu: the last known ones at once, the present ones when they come */
  function paintCount(mark, value) {
    mark.hidden = !value;
    mark.textContent = value || "";
    if (value) {
      var words = document.createElement("span");
      words.className = "visually-hidden";
      words.textContent = " " + mark.dataset.gwCountWords;
      mark.appendChild(words);
    }
  }

  function paintCounts(counts) {
    all("[data-gw-count]").forEach(function (mark) { paintCount(mark, counts[mark.dataset.gwCount]); });
    all("[data-gw-count-all]").forEach(function (mark) {  // what waits in a folded part
      var sum = all("[data-gw-count]", mark.closest("details")).reduce(function (total, one) {
        var value = counts[one.dataset.gwCount] || "0";
        return total + (value.endsWith("+") ? 100 : Number(value));
      }, 0);
      paintCount(mark, sum > 99 ? "99+" : sum ? String(sum) : "");
    });
  }

  function setUpCounts() {
    var menu = $("gw-menu");
    if (!menu || !menu.dataset.gwCounts || !document.querySelector("[data-gw-count]")) { return; }
    var key = "gw-counts-" + menu.dataset.gwUser;
    var known = sessionStorage.getItem(key);
    if (known) { paintCounts(JSON.parse(known)); }
    fetch(menu.dataset.gwCounts, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : null; })
      .then(function (counts) {
        if (!counts) { return; }
        sessionStorage.setItem(key, JSON.stringify(counts));
        paintCounts(counts);
      })
      .catch(function () { /* The menu works without its numbers; the next page asks again. */ });
  }

  /* --- panels under a button: one at a time, Escape and a click elsewhere close them */
  function closePanels(except) {
    all("details.gw-pop[open]").forEach(function (panel) {
      if (panel !== except && !panel.contains(except)) { panel.open = false; }
    });
  }

  /* --- dialogs */
  function openDialog(dialog) {
    if (dialog && !dialog.open) { dialog.showModal(); }
  }

  var confirmed = null;
  function ask(question, then) {
    $("gw-confirm-text").textContent = question;
    confirmed = then;
    openDialog($("gw-confirm"));
    $("gw-confirm-yes").focus();
  }

  /* --- forms: sent once, files not larger than allowed, a busy mark while waiting */
  function tooLarge(form) {
    var limit = Number(body.dataset.uploadLimit || 0);
    var size = 0;
    all("input[type=file]", form).forEach(function (input) {
      Array.prototype.forEach.call(input.files, function (file) { size += file.size; });
    });
    return limit && size > limit ? Math.floor(limit / 1048576) : 0;
  }

  function showAlert(text) {
    var box = $("gw-messages");
    var alert = document.createElement("div");
    alert.className = "gw-alert gw-alert-error";
    alert.setAttribute("role", "alert");
    alert.textContent = text;
    box.replaceChildren(alert);
    alert.scrollIntoView({ block: "center" });
  }

  function lock(form, button) {
    form.dataset.gwSent = "1";
    if (button) {
      button.classList.add("gw-working");
      button.setAttribute("aria-disabled", "true");
    }
    say("正在提交，请稍候");
  }

  function unlock(form) {
    delete form.dataset.gwSent;
    all(".gw-working", form).forEach(function (button) {
      button.classList.remove("gw-working");
      button.removeAttribute("aria-disabled");
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method === "dialog" || form.method === "get") { return; }
    var stop = function () { event.preventDefault(); event.stopImmediatePropagation(); };
    var megabytes = tooLarge(form);
    if (form.dataset.gwSent) { stop(); return; }
    if (megabytes) {
      stop();
      showAlert("一次上传不能超过 " + megabytes + " MB，请压缩或分几次上传。");
      return;
    }
    var button = event.submitter;
    var question = (button && button.dataset.gwConfirm) || form.dataset.gwConfirm;
    if (question && form.dataset.gwConfirmed !== "1") {
      stop();
      ask(question, function () {
        form.dataset.gwConfirmed = "1";
        form.requestSubmit(button || undefined);
      });
      return;
    }
    delete form.dataset.gwConfirmed;
    // Answers with a file, or in a window of its own: the page stays usable.
    if (form.hasAttribute("data-gw-stay") || (button && button.formTarget === "_blank")) { return; }
    lock(form, button);
  }, true);

  window.addEventListener("pageshow", function () { all("form[data-gw-sent]").forEach(unlock); });

  /* --- scripts that only some pages need */
  var loading = {};
  function load(source) {
    if (!loading[source]) {
      loading[source] = new Promise(function (done, fail) {
        var script = document.createElement("script");
        script.src = source;
        script.onload = done;
        script.onerror = fail;
        document.head.appendChild(script);
      });
    }
    return loading[source];
  }

  /* Elements that nobody has taken yet: a page is set up again after each of its parts is replaced. */
  function take(selector, within) {
    var found = all(selector + ":not([data-gw-taken])", within);
    found.forEach(function (element) { element.setAttribute("data-gw-taken", ""); });
    return found;
  }

  function setUpCharts(within) {
    var charts = take("[data-gw-chart]", within);
    if (!charts.length) { return; }
    load(body.dataset.echarts)
      .then(function () { return load(body.dataset.charts); })
      .then(function () { charts.forEach(window.gwDrawChart); })
      .catch(function () {
        charts.forEach(function (chart) { chart.querySelector("details").open = true; });
      });
  }

  function setUpSelects(within) {
    var selects = take("select[data-gw-select]", within);
    if (!selects.length) { return; }
    if (!document.querySelector("link[data-gw-select-css]")) {
      var link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = body.dataset.selectCss;
      link.setAttribute("data-gw-select-css", "");
      document.head.insertBefore(link, document.head.querySelector("link[rel=stylesheet]").nextSibling);
    }
    load(body.dataset.select).then(function () { selects.forEach(makeSelect); });
  }

  /* data-gw-select="<url>" searches on the server (?q= gives [{value, text}]); empty: searches its options. */
  function makeSelect(select) {
    var source = select.dataset.gwSelect;
    var options = {
      maxOptions: 200,
      plugins: select.multiple ? ["remove_button"] : ["dropdown_input"],
      render: {
        no_results: function () { return "<div class=\"no-results\">没有符合的选项</div>"; },
        loading: function () { return "<div class=\"no-results\">正在查找…</div>"; }
      }
    };
    if (select.multiple) { options.placeholder = select.getAttribute("placeholder") || "可多选"; }
    if (source) {
      options.valueField = "value";
      options.labelField = "text";
      options.searchField = ["text"];
      options.score = function () { return function () { return 1; }; };  // what the server found is shown, by pinyin too
      options.load = function (query, done) {
        this.clearOptions();
        fetch(source + (source.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(query), { credentials: "same-origin" })
          .then(function (answer) { return answer.json(); })
          .then(done)
          .catch(function () { done(); });
      };
      options.preload = "focus";
    }
    var made = new window.TomSelect(select, options);
    all(".items-placeholder", made.wrapper).forEach(function (box) { box.setAttribute("aria-hidden", "true"); });
    select.setAttribute("aria-hidden", "true");  // its place is taken; the label now names the new control
  }

  function setUp(within) {
    setUpCharts(within);
    setUpSelects(within);
    all("[data-gw-back]", within).forEach(function (button) { button.hidden = history.length < 2; });
    all("[data-gw-focus]", within).forEach(function (box) { box.focus(); });
    countSelected(within);
  }

  /* --- selecting rows of a list */
  function countSelected() {
    all("form[data-gw-bulk]").forEach(function (form) {
      var boxes = all("input[name=selected]", form);
      var chosen = boxes.filter(function (box) { return box.checked; }).length;
      var card = form.closest(".gw-list-card") || form;  // the buttons stand above the form, in the list's bar
      var label = card.querySelector("[data-gw-selected]");
      if (label) { label.textContent = chosen ? "已选 " + chosen + " 项" : ""; }
      all("[data-gw-needs-selection]", card).forEach(function (button) { button.disabled = !chosen; });
      var master = form.querySelector("[data-gw-select-all]");
      if (master) {
        master.checked = chosen > 0 && chosen === boxes.length;
        master.indeterminate = chosen > 0 && chosen < boxes.length;
      }
    });
  }

  document.addEventListener("change", function (event) {
    var box = event.target;
    if (box.matches("[data-gw-select-all]")) {
      all("input[name=selected]", box.closest("form")).forEach(function (row) { row.checked = box.checked; });
    }
    if (box.matches("[data-gw-select-all], input[name=selected]")) { countSelected(); }
    if (box.matches("[data-gw-submit]")) { box.form.requestSubmit(); }
  });

  document.addEventListener("click", function (event) {
    var target = event.target;
    closePanels(target.closest("details.gw-pop"));
    var opener = target.closest("[data-gw-dialog]");
    if (opener) { openDialog($(opener.dataset.gwDialog)); }
    if (target.closest("[data-gw-close]")) { target.closest("dialog").close(); }
    if (target.closest("[data-gw-dismiss]")) { target.closest(".gw-alert").remove(); }
    if (target.closest("[data-gw-back]")) { history.back(); }
    var toggle = target.closest("[data-gw-expand]");
    if (toggle) {
      var branch = toggle.parentElement.querySelector(".gw-tree-branch");
      branch.hidden = !branch.hidden;
      toggle.setAttribute("aria-expanded", String(!branch.hidden));
    }
    var filter = target.closest("[data-gw-filter]");
    if (filter) { filter.setAttribute("aria-expanded", String(filter.form.classList.toggle("gw-open"))); }
    if (target.closest("[data-gw-print]")) { window.print(); }
    if (target.closest("#gw-confirm-yes")) {
      var then = confirmed;
      confirmed = null;
      $("gw-confirm").close();
      if (then) { then(); }
    }
    // A click beside the dialog's box; not the second one of the double click that opened it.
    if (target.tagName === "DIALOG" && event.detail < 2) { target.close(); }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    var open = document.querySelector("details.gw-pop[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    } else if (root.classList.contains("gw-drawer")) {
      showMenu(false);
      $("gw-menu-button").focus();
    }
  });

  /* --- htmx */
  document.addEventListener("htmx:confirm", function (event) {
    var question = event.detail.question;
    if (!question) { return; }
    event.preventDefault();
    ask(question, function () { event.detail.issueRequest(true); });
  });
  /* Empty conditions do not belong into the address. */
  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.detail.elt.matches("form[data-gw-tidy]")) { return; }
    var parameters = event.detail.parameters;
    Object.keys(parameters).forEach(function (name) { if (parameters[name] === "") { delete parameters[name]; } });
  });
  document.addEventListener("htmx:beforeRequest", function () { $("gw-busy").classList.add("gw-on"); });
  document.addEventListener("htmx:afterRequest", function (event) {
    $("gw-busy").classList.remove("gw-on");
    var form = event.detail.elt && event.detail.elt.closest && event.detail.elt.closest("form");
    if (form) { unlock(form); }
  });
  document.addEventListener("htmx:sendError", function () { showAlert("网络连接中断，操作没有完成，请检查网络后重试。"); });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id === "gw-dialog-content") { openDialog($("gw-dialog")); }
    if (event.detail.target.id === "gw-messages" && $("gw-dialog") && $("gw-dialog").open) { $("gw-dialog").close(); }
  });
  document.addEventListener("htmx:load", function (event) { setUp(event.detail.elt.parentElement || document); });
  document.addEventListener("gw:close-dialog", function () { $("gw-dialog").close(); });

  setUpMenu();
  setUpCounts();
  setUp(document);
})();
