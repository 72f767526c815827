#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The page of a report in a browser without a screen: what it shows, whether all of it
# can be read, and that it asks nobody for anything.
# page.sh <program> <chromium> [<directory for screenshots>]
set -eu
. "$(dirname "$0")/lib.sh"
browser=$2
shots=${3:-$work}
reports=$tests/reports

browse()
{
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--hide-scrollbars --host-resolver-rules='MAP * ~NOTFOUND' \
		--user-data-dir="$work/profile" "$@" 2>"$work/browser.log"
}

# What cannot be read is listed in the page, which a copy of it measures itself.
measured()
{
	sed 's,^</body>,,; s,^</html>,,' "$1"
	cat <<-'EOT'
	<pre id="measured"></pre>
	<script>
	const wrong = [];
	const visible = element => element.getClientRects().length > 0;
	if (document.documentElement.scrollWidth > innerWidth)
		wrong.push("the page is wider than the window");
	for (const frame of document.querySelectorAll(".frame")) {
		const box = frame.getBoundingClientRect();
		if (frame.textContent && box.width < 40)
			wrong.push("a label without room: " + frame.textContent);
		if (box.right > innerWidth || box.left < 0)
			wrong.push("a bar outside of the page: " + frame.textContent);
		if (frame.textContent && parseFloat(getComputedStyle(frame).fontSize) < 11)
			wrong.push("small print: " + frame.textContent);
	}
	for (const cell of document.querySelectorAll("td, th, p, h1, h2, button"))
		if (visible(cell) && cell.scrollWidth > cell.clientWidth + 1)
			wrong.push("cut off: " + cell.textContent);
	for (const svg of document.querySelectorAll("svg")) {
		const room = svg.getBoundingClientRect();
		for (const text of svg.querySelectorAll("text")) {
			const box = text.getBoundingClientRect();
			if (box.left < room.left || box.right > room.right ||
			    box.bottom > room.bottom)
				wrong.push("outside of the chart: " + text.textContent);
			if (box.height < 11)
				wrong.push("small print: " + text.textContent);
		}
		const labels = [...svg.querySelectorAll("text")].map(text =>
			text.getBoundingClientRect());
		if (labels.some((a, i) => labels.some((b, k) => i < k && a.left < b.right &&
				b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2)))
			wrong.push("labels of the chart over each other");
	}
	const bottom = Math.max(...[...document.querySelectorAll(".frame")].map(frame =>
		frame.getBoundingClientRect().bottom));
	if (byId("told").getBoundingClientRect().top < bottom - 1)
		wrong.push("bars over the text below");
	byId("measured").textContent = "bars " + document.querySelectorAll(".frame").length +
		", rows " + document.querySelectorAll("#leaks tbody tr").length +
		", lines " + document.querySelectorAll("polyline").length +
		", wrong " + wrong.length + "\n" + wrong.join("\n");
	</script>
	</body>
	</html>
	EOT
}

# page <shot> <width> <expected> <arguments...>: renders a page; it has what is expected.
page()
{
	shot=$1
	width=$2
	expected=$3
	shift 3
	run report --format html -o "$work/$shot.html" "$@"
	[ $status = 0 ] || { cat "$work/err"; return 1; }
	measured "$work/$shot.html" >"$work/measured.html"
	browse --window-size="$width,1600" --dump-dom "$work/measured.html" >"$work/$shot.dom"
	browse --window-size="$width,1600" --screenshot="$shots/page-$shot.png" "$work/$shot.html"
	sed -n '/<pre id="measured">/,/<\/pre>/p' "$work/$shot.dom" | grep -v '^</pre>'
	grep -q "<pre id=\"measured\">$expected, wrong 0" "$work/$shot.dom" &&
		[ -s "$shots/page-$shot.png" ]
}

check "a page with bars, a table and a chart" page all 1280 "bars [1-9][0-9]*, rows 3, lines 5" \
	--sites "$reports/sites" "$reports/ours.txt"
check "in a narrow window" page narrow 500 "bars [1-9][0-9]*, rows 3, lines 5" \
	--sites "$reports/sites" "$reports/ours.txt"
check "without a count of sites" page plain 1280 "bars [1-9][0-9]*, rows 3, lines 0" \
	"$reports/summary.txt"
check "without leaks" page empty 1280 "bars [01], rows 0, lines 0" /dev/null
check "a name that would end the script" page hostile 1280 "bars [1-9][0-9]*, rows 2, lines 0" \
	"$reports/hostile.txt"
shown()
{
	grep -q '&lt;/script&gt; (1)' "$work/hostile.dom"
}
check "and that is shown as it is" shown
check "in the narrowest window" page phone 320 "bars [1-9][0-9]*, rows 3, lines 5" \
	--sites "$reports/sites" "$reports/ours.txt"

# does <script> <arguments...>: a page where the script finds nothing false. "is" takes what
# is checked and whether it is so; "press" a key, on what has the focus.
does()
{
	script=$1
	shift
	run report --format html -o "$work/does.html" "$@"
	{
		sed 's,^</body>,,; s,^</html>,,' "$work/does.html"
		cat <<-EOT
		<pre id="wrong"></pre>
		<script>
		const wrong = [];
		const is = (what, so) => { if (!so) wrong.push(what); };
		const press = key => (document.activeElement || document.body).dispatchEvent(
			new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
		const rows = () => document.querySelectorAll("#leaks summary").length;
		const focused = () => document.activeElement.textContent;
		const find = word => { byId("search").value = word; byId("search").oninput(); };
		const stops = () => [...document.querySelectorAll("*")].filter(element =>
			element.tabIndex >= 0 && element.getClientRects().length > 0).length;
		try { $script } catch (error) { wrong.push(String(error)); }
		byId("wrong").textContent = "wrong " + wrong.length + "\n" + wrong.join("\n");
		</script>
		</body>
		</html>
		EOT
	} >"$work/tried.html"
	browse --window-size=1280,1600 --dump-dom "$work/tried.html" >"$work/does.dom"
	sed -n '/<pre id="wrong">/,/<\/pre>/p' "$work/does.dom"
	grep -q '<pre id="wrong">wrong 0' "$work/does.dom"
}

cat "$reports/ours.txt" - >"$work/no-stack" <<-END
unreferenced object 0x2000 (size 5000):
  comm "task", pid 1, jiffies 1
  backtrace:
END
check "the search selects rows of the table" does '
	is("all", rows() === 3);
	find("SESSION_add"); is("a function", rows() === 1);
	find("[demo]"); is("a module", rows() === 1);
	find("no such thing"); is("nothing", rows() === 0);
	is("it says so", byId("leaks").textContent.includes("0 of 3 groups found"));
	find(""); is("all again", rows() === 3);' "$reports/ours.txt"
check "keys go from bar to bar" does '
	const bars = document.querySelectorAll(".frame");
	bars[0].focus();
	press("ArrowDown"); is("down", zoomed === tree && current.parent === tree);
	is("the focus follows", document.activeElement === shown.get(current));
	press("ArrowUp"); is("up", current === tree);
	press("ArrowUp"); is("not further", current === tree);
	press("ArrowDown"); const node = current;
	press(" "); is("space zooms", zoomed === node);
	is("the focus stays", document.activeElement === shown.get(node));
	press("Escape"); is("escape shows all", zoomed === tree);
	is("the focus still stays", document.activeElement === shown.get(current));
	press("Enter"); is("enter zooms", zoomed === current);
	press("Escape");
	press("ArrowRight"); press("ArrowLeft"); is("aside", current === node);' "$reports/ours.txt"
check "escape empties the search first" does '
	byId("search").focus(); find("session"); press("Escape");
	is("empty", byId("search").value === "" && rows() === 3);' "$reports/ours.txt"
check "keys go from row to row" does '
	document.querySelector("#leaks summary").focus(); const first = focused();
	press("ArrowDown"); is("down", focused() !== first);
	press("ArrowUp"); is("up", focused() === first);
	press("ArrowUp"); is("not further", focused() === first);' "$reports/ours.txt"
check "leaks without a stack have a bar" does '
	const nodes = [...tree.children.values()];
	is("no stack", nodes.reduce((sum, node) => sum + node.bytes, 0) === report.bytes);
	is("its name", nodes.some(node => node.bar.name === "no stack"));' \
	"$work/no-stack"
check "the order is told" does '
	const sorted = () => [...document.querySelectorAll("[aria-sort]")].map(head =>
		head.textContent.slice(0, 5) + head.getAttribute("aria-sort")).join();
	is("bytes", sorted() === "Bytesdescending");
	document.querySelectorAll("#leaks th button")[0].click();
	is("up", sorted() === "Bytesascending");
	is("the focus stays", focused().startsWith("Bytes"));
	document.querySelectorAll("#leaks th button")[4].click();
	is("task", sorted() === "Task ascending");' "$reports/ours.txt"
units()
{
	does '
	const cells = [...document.querySelectorAll("#leaks td.number")];
	const united = cells.filter(cell => /^[0-9.]+ (bytes|KiB|MiB)$/.test(cell.textContent));
	is("with a unit", united.length === 6);
	const axis = [...document.querySelectorAll("svg text[text-anchor=end]")].map(text =>
		text.textContent.split(" ")[1]).filter(unit => /iB|bytes/.test(unit));
	is("one at the axis", axis.length > 2 && new Set(axis).size === 1);' \
		--sites "$reports/sites" "$reports/ours.txt"
}
check "sizes have their units" units

awk 'BEGIN {
	for (i = 0; i < 5000; i++) {
		printf "unreferenced object 0x%08x (size %d):\n", 4096 + 64 * i, 32 + i
		printf "  comm \"task\", pid 1, jiffies 1\n  backtrace:\n"
		printf "    f%d+0x1/0x9\n    main+0x1/0x9\n", i
	}
}' >"$work/many"
check "5,000 stacks: few stops for Tab, and all bytes" does '
	is("stops", stops() < 20);
	is("bars", tree.bytes === report.bytes && tree.objects === 5000);
	is("in the text", byId("totals").textContent.startsWith("5000 leaks, 12.1 MiB"));
	tell(tree); is("of the bars", byId("told").textContent.includes("12.1 MiB, 5000 objects"));
	is("of the table", byId("leaks").textContent.includes(
		"3000 smaller groups that this page leaves out: 3000 objects, 4.4 MiB"));' \
	"$work/many"

machine()
{
	make_root "$reports/ours.txt"
	mkdir -p "$root/proc/sys/kernel"
	echo "build</script>7" >"$root/proc/sys/kernel/hostname"
	echo "6.1.0-9-amd64" >"$root/proc/sys/kernel/osrelease"
	does '
	const text = byId("machine").textContent;
	const right = /^build<\/script>7, Linux 6.1.0-9-amd64, page made 20[0-9-]{8} [0-9:]{5} /;
	is(text, right.test(text));'
}
check "the page has the host, the kernel and the date" machine
check "of a saved report only the date" does '
	is("date", /^page made 20/.test(byId("machine").textContent));' "$reports/ours.txt"

# The name of the picture language is no address that is asked.
alone()
{
	! sed 's,http://www.w3.org/2000/svg,,' "$work/all.html" |
		grep -nE '(https?:)?//[a-z]|src=|@import|url\('
}
check "a page that needs no other" alone

finish
