# SPDX-License-Identifier: ISC
"""Look at HTML reports in headless Chromium: the driver behind tests/once/browser.

usage: browser.py [--shots DIR] PAGE...            check each page; `ok` lines
       browser.py --shot PAGE WIDTH HEIGHT OUT     one picture, of the page's top

Speaks WebDriver to chromedriver over loopback with what Python has; run it where there is no other network.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars"]

# What is wrong with the page at this width and in these colours, as a list of sentences.
LOOK = r"""
const wrong = [], width = document.documentElement.clientWidth;
const say = (e) => '<' + e.tagName.toLowerCase() + ' class="' + (e.getAttribute('class') || '') + '"> ' +
    e.textContent.trim().slice(0, 40);
// Heads of tables that a small screen hides from the eye are still there for a screen reader.
const hidden = (e) => e.closest('thead') && getComputedStyle(e.closest('thead')).position === 'absolute';
if (document.documentElement.scrollWidth > width)
	wrong.push('the page is ' + document.documentElement.scrollWidth + ' wide, the screen ' + width);
for (const e of document.body.querySelectorAll('*')) {
	const r = e.getBoundingClientRect();
	if (!hidden(e) && !e.closest('svg') && r.width > 0 && (r.right > width + 1 || r.left < -1))
		wrong.push('sticks out of the screen: ' + say(e));
	if (!hidden(e) && !e.closest('svg') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
	    getComputedStyle(e).display !== 'inline')
		wrong.push('its content sticks out of it: ' + say(e));
}
const rgba = (s) => {
	const v = s.match(/[\d.]+/g).map(Number);
	return v.length < 4 ? [...v.slice(0, 3), 1] : v;
};
const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
const light = (c) => {
	const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map(
	    (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (e) => {
	const stack = [];
	for (; e; e = e.parentElement)
		stack.unshift(rgba(getComputedStyle(e).backgroundColor));
	return stack.reduce((below, c) => over(c, below), [255, 255, 255, 1]);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let texts = 0;
for (let n; (n = walker.nextNode());) {
	const e = n.parentElement, s = getComputedStyle(e);
	if (!n.data.trim() || e.closest('svg'))
		continue;
	texts++;
	const bottom = ground(e), a = light(over(rgba(s.color), bottom)), b = light(bottom);
	const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	if (ratio < 4.5)
		wrong.push('contrast ' + ratio.toFixed(2) + ': ' + say(e));
	if (parseFloat(s.fontSize) < (matchMedia('print').matches ? 9.9 : 11.5))
		wrong.push('letters of ' + s.fontSize + ': ' + say(e));
}
if (texts < 5)
	wrong.push('only ' + texts + ' texts');
return wrong;
"""

# What is wrong with the document itself.
DOCUMENT = r"""
const wrong = [];
for (const e of document.querySelectorAll('script, img, iframe, object, embed, link, form, input, base, audio, video'))
	wrong.push('element ' + e.tagName);
for (const e of document.querySelectorAll('*'))
	for (const a of e.attributes) {
		if (a.name.startsWith('on'))
			wrong.push('handler ' + a.name);
		if (['src', 'srcset', 'action', 'xlink:href', 'style', 'data', 'poster'].includes(a.name))
			wrong.push('attribute ' + a.name);
		if (a.name === 'href' && (e.tagName !== 'A' || !/^https?:\/\//.test(a.value)))
			wrong.push('link ' + a.value);
	}
for (const e of document.querySelectorAll('th'))
	if (!['row', 'col'].includes(e.getAttribute('scope')))
		wrong.push('a th without scope: ' + e.textContent);
for (const e of document.querySelectorAll('svg')) {
	const ids = (e.getAttribute('aria-labelledby') || '').split(' ');
	if (e.getAttribute('role') !== 'img' || ids.length !== 2 ||
	    ids.some((id) => !e.querySelector('#' + CSS.escape(id)) || !e.querySelector('#' + CSS.escape(id)).textContent))
		wrong.push('a picture without words');
}
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
if (new Set(ids).size !== ids.length)
	wrong.push('an id twice');
for (const e of document.querySelectorAll('section'))
	if (!document.getElementById(e.getAttribute('aria-labelledby')))
		wrong.push('a section without a name');
let level = 0;
for (const e of document.querySelectorAll('h1, h2, h3')) {
	const l = Number(e.tagName[1]);
	if (l > level + 1)
		wrong.push('a heading skips a level: ' + e.textContent);
	level = l;
}
const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
if (!policy || policy.content !== "default-src 'none'; style-src 'unsafe-inline'")
	wrong.push('no content security policy');
if (document.documentElement.lang !== 'en' || !document.title || document.querySelectorAll('h1').length !== 1)
	wrong.push('no language, title or h1');
return wrong;
"""

# How often each element stands in the document, to be held against the file.
COUNT = r"""
const n = {};
for (const e of document.querySelectorAll('*'))
	n[e.tagName.toLowerCase()] = (n[e.tagName.toLowerCase()] || 0) + 1;
return n;
"""

PRINT = r"""
const wrong = [], paper = getComputedStyle(document.body).backgroundColor;
if (paper !== 'rgb(255, 255, 255)')
	wrong.push('the paper is ' + paper);
for (const e of document.querySelectorAll('thead'))
	if (getComputedStyle(e).display !== 'table-header-group')
		wrong.push('a head that is not repeated on the next page');
for (const e of document.querySelectorAll('tr'))
	if (getComputedStyle(e).breakInside !== 'avoid')
		wrong.push('a row that breaks over pages');
return wrong;
"""


class Browser:
    """One chromedriver with one headless Chromium and an empty profile."""

    def __init__(self, directory):
        env = dict(os.environ, HOME=directory, XDG_CONFIG_HOME=directory, XDG_CACHE_HOME=directory)
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, env=env, text=True)
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        else:
            raise SystemExit("chromedriver did not start")
        self.base = "http://127.0.0.1:%s/session" % found.group(1)
        profile = os.path.join(directory, "profile")
        answer = self.call("POST", "", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"performance": "ALL"},
            "goog:chromeOptions": {"args": FLAGS + ["--user-data-dir=" + profile]}}}})
        self.base += "/" + answer["sessionId"]
        self.call("POST", "/url", {"url": "about:blank"})  # leave the browser's own first page

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as response:
            return json.load(response)["value"]

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def run(self, script):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def show(self, page, width, scheme, media=""):
        """Load a page on a screen so wide, in light or dark, on a screen or on paper."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900,
                      deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", media=media,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("POST", "/url", {"url": "file://" + os.path.abspath(page)})

    def picture(self, out, height=None):
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        data = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                             clip={"x": 0, "y": 0, "width": size["width"],
                                   "height": height or size["height"], "scale": 1})["data"]
        with open(out, "wb") as f:
            f.write(base64.b64decode(data))

    def requests(self):
        """Every address that was asked for since the last call."""
        found = []
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def end(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(30)


def misread(browser, page):
    """Elements that the browser counts otherwise than they stand in the file: markup that is not what it seems."""
    with open(page, encoding="utf-8") as f:
        source = re.sub(r"<style>.*?</style>", "<style></style>", f.read(), flags=re.S)
    want = {}
    for name in re.findall(r"<([a-z][a-z0-9]*)[\s/>]", source):
        want[name] = want.get(name, 0) + 1
    got = {k.lower(): v for k, v in browser.run(COUNT).items()}
    return ["%s: %s in the file, %s in the document" % (k, want.get(k, 0), got.get(k, 0))
            for k in sorted(set(want) | set(got)) if want.get(k, 0) != got.get(k, 0)]


class Results:
    def __init__(self):
        self.n = self.failed = 0

    def add(self, name, wrong):
        self.n += 1
        self.failed += bool(wrong)
        print("%sok %d - %s" % ("not " if wrong else "", self.n, name))
        for line in list(wrong)[:12]:
            print("# " + line)
        sys.stdout.flush()


def check(browser, results, page, shots):
    name = os.path.basename(page)
    browser.requests()
    for width in (360, 768, 1280):
        for scheme in ("light", "dark"):
            browser.show(page, width, scheme)
            results.add("%s: %d pixels, %s: nothing sticks out, contrast at least 4.5" %
                        (name, width, scheme), browser.run(LOOK))
            if shots:
                browser.picture(os.path.join(shots, "%s-%d-%s.png" % (name, width, scheme)))
    results.add(name + ": heads with scope, pictures with words, names inert", browser.run(DOCUMENT))
    results.add(name + ": the markup is what it seems", misread(browser, page))
    # A4 less its margins, in dark: paper is white all the same
    browser.show(page, 688, "dark", "print")
    results.add(name + ": on paper: nothing sticks out, contrast at least 4.5", browser.run(LOOK))
    results.add(name + ": on paper: white, rows whole, heads repeated", browser.run(PRINT))
    pdf = base64.b64decode(browser.devtools("Page.printToPDF", preferCSSPageSize=True)["data"])
    results.add(name + ": prints", [] if pdf.startswith(b"%PDF-") and len(pdf) > 5000 else ["no PDF"])
    if shots:
        browser.picture(os.path.join(shots, name + "-print.png"))
        with open(os.path.join(shots, name + ".pdf"), "wb") as f:
            f.write(pdf)
    asked = [u for u in browser.requests() if u != "file://" + os.path.abspath(page)]
    results.add(name + ": asks for nothing but itself", asked)


# A page with one fault of each kind: what says that it is good says nothing.
BAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title></head><body><h1>h</h1><h3>s</h3>
<p style="color:#999;background:#fff">faint</p><p style="width:3000px;background:#eee">wide</p><p>a</p><p>b</p>
<table><tr><th>no scope</th></tr></table><svg></svg><p onclick="x()">c</p><td/>d<a href="javascript:x()">e</a>
<script>x()</script><img src="http://127.0.0.1:9/x.png" alt=""></body></html>"""


def control(browser, results, directory):
    page = os.path.join(directory, "bad.html")
    with open(page, "w", encoding="utf-8") as f:
        f.write(BAD)
    browser.requests()
    browser.show(page, 360, "light")
    said = " ".join(browser.run(LOOK) + browser.run(DOCUMENT) + misread(browser, page))
    for fault in ("contrast", "sticks out of the screen", "wide, the screen", "without scope",
                  "picture without words", "handler onclick", "element SCRIPT", "element IMG",
                  "link javascript:", "skips a level", "no content security policy", "td: "):
        results.add("control: seen: " + fault, [] if fault in said else ["not said: " + said])
    asked = [u for u in browser.requests() if u.startswith("http:")]
    results.add("control: seen: a request", [] if asked else ["none was seen"])
    browser.show(page, 688, "dark", "print")
    results.add("control: seen: rows that break", [] if browser.run(PRINT) else ["nothing was said"])


def main(arguments):
    with tempfile.TemporaryDirectory(prefix="vmreaper-browser.", ignore_cleanup_errors=True) as directory:
        browser = Browser(directory)
        try:
            if arguments[0] == "--shot":
                browser.show(arguments[1], int(arguments[2]), "light")
                browser.picture(arguments[4], int(arguments[3]))
                return 0
            shots = None
            if arguments[0] == "--shots":
                shots = arguments[1]
                os.makedirs(shots, exist_ok=True)
                arguments = arguments[2:]
            results = Results()
            for page in arguments:
                check(browser, results, page, shots)
            control(browser, results, directory)
        finally:
            browser.end()
    print("1..%d" % results.n)
    return 1 if results.failed or results.n == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
