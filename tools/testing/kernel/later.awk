# SPDX-License-Identifier: GPL-2.0
# Print a file as it is before a later mail of the series, for series.sh: without the
# construct that begins at the one line with the text -v text=..., and without the comment
# right above it.
#
# In C a construct is a directive, a line of a comment, a declaration, a statement, or a
# function with its body. Elsewhere it is a line and those behind it that are indented more.
# Fails if no line has the text, or if two have it.

function indent(line)
{
	match(line, /^[ \t]*/)
	gsub(/\t/, "        ", line)
	match(line, /^ */)
	return RLENGTH
}

# How many brackets a line opens, less those that it closes.
function opened(line)
{
	gsub(/"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/, "", line)
	return gsub(/[({]/, "", line) - gsub(/[)}]/, "", line)
}

function end_in_c(i,    depth)
{
	if (lines[i] ~ /^[ \t]*(#|\/\*|\*)/)
		return i
	while (i < NR) {
		depth += opened(lines[i])
		if (!depth && lines[i] ~ /[;,}]$/)
			break
		i++
	}
	return i
}

function end_elsewhere(i,    first)
{
	for (first = i; i < NR && indent(lines[i + 1]) > indent(lines[first]); i++)
		;
	return i
}

# The first line of a comment that ends right above line i, or i.
function comment_above(i,    first)
{
	if (lines[i - 1] !~ /^[ \t]*(\/\*|\*).*\*\/$|^[ \t]*\*\/$/)
		return i
	for (first = i - 1; first > 1 && lines[first] !~ /^[ \t]*\/\*/; first--)
		;
	return first
}

{
	lines[NR] = $0
	if (index($0, text)) {
		from = NR
		found++
	}
}

END {
	if (found != 1) {
		print FILENAME ": " found + 0 " lines have \"" text "\"" >"/dev/stderr"
		exit 1
	}
	if (FILENAME ~ /\.[ch]$/) {
		to = end_in_c(from)
		from = comment_above(from)
	} else {
		to = end_elsewhere(from)
	}
	# One blank line stays, and none at the end of the file.
	if (lines[from - 1] == "" && to == NR)
		from--
	else if (lines[from - 1] == "" && lines[to + 1] == "")
		to++
	for (i = 1; i <= NR; i++)
		if (i < from || i > to)
			print lines[i]
}
