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
# The name of the picture language is no address that is asked.
alone()
{
	! sed 's,http://www.w3.org/2000/svg,,' "$work/all.html" |
		grep -nE '(https?:)?//[a-z]|src=|@import|url\('
}
check "a page that needs no other" alone

finish
