# SPDX-License-Identifier: GPL-2.0
# Find calls between C files, for structure.sh. Prints "caller callee function file:line"
# for the first call of each pair of files.
#
# The first argument is a list of functions, one "name file" a line, with a third word if
# the function is static in a .c file. The others are the sources. Files are named without
# .c and .h, so that a header and its .c file are one.
#
# Each use of a function's name in code is a call, so that pointers count. Comments,
# strings, members, prototypes and names that the file itself defines do not count, nor
# do the names that the list gives without a file. Those are the kernel's interface: to
# call it is to call the kernel, as an allocation does, and closes no circle.

function file_of(name)
{
	sub(/\.[ch]$/, "", name)
	return name
}

# The line without comments, strings and characters.
function code(line,    text, start, end)
{
	if (in_comment)
		line = "/*" line
	in_comment = 0
	text = ""
	while (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/)) {
		start = substr(line, RSTART, 2)
		text = text substr(line, 1, RSTART - 1) " "
		line = substr(line, RSTART + RLENGTH)
		if (start == "//")
			return text
		if (start != "/*")
			continue
		end = index(line, "*/")
		if (!end) {
			in_comment = 1
			return text
		}
		line = substr(line, end + 2)
	}
	return text line
}

function mention(name,    nr, i, to)
{
	if ((here, name) in defines || name in interface)
		return
	nr = split(definers[name], to, " ")
	for (i = 1; i <= nr; i++)
		if (!told[here, to[i]]++)
			print here, to[i], name, FILENAME ":" FNR
}

FILENAME == ARGV[1] && NF == 1 {
	interface[$1] = 1
	next
}

FILENAME == ARGV[1] {
	defines[file_of($2), $1] = 1
	if (NF == 2)
		definers[$1] = definers[$1] " " file_of($2)
	next
}

FNR == 1 {
	here = file_of(FILENAME)
	depth = in_comment = in_macro = in_value = 0
}

{
	line = code($0)
	directive = !in_macro && line ~ /^[ \t]*#/
	if (directive)
		in_macro = line ~ /^[ \t]*#[ \t]*define[ \t]/
	macro = in_macro
	in_macro = in_macro && line ~ /\\$/
	if (directive && !macro)
		next

	# A brace in the first column ends a function, even if #ifdef has upset the count.
	if (line ~ /^[}]/) {
		depth = 1
		in_value = 0
	}
	if (!depth && !macro) {
		in_type = line ~ /^(struct|union|enum)[A-Za-z0-9_ ]*[{]/
		# An initializer, or a macro that declares, like DECLARE_WORK().
		if (line ~ /=|^(static )?[A-Za-z][A-Za-z0-9_]*\(/)
			in_value = 1
	}
	# DEFINE_SHOW_ATTRIBUTE(x) uses x_show().
	sub(/DEFINE_SHOW_ATTRIBUTE\([a-z0-9_]*/, "&_show", line)
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*|[{}]/)) {
		before = substr(line, 1, RSTART - 1)
		word = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (word == "{")
			depth += !macro
		else if (word == "}")
			depth -= !macro && depth > 0
		else if (before !~ /(\.|->)[ \t]*$/ && !in_type && (macro || depth || in_value))
			mention(word)
	}
	if (!depth && line ~ /;/)
		in_value = 0
}
