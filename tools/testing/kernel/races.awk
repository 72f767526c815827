# SPDX-License-Identifier: GPL-2.0
# awk -f races.awk <functions> -: passes a console on, but renames the title of each report
# of KCSAN on a race that is the base's own. Such a report then is no splat. It is the
# detector's if one of its functions is among the first three frames of either access,
# above those of an interrupt: it made the access, or called what did. One that
# has no end stays as it is.
#
# The functions of the detector are those of its objects, as nm prints them.

function plain(name)
{
	sub(/\.(isra|constprop|part|cold|lto_priv).*/, "", name)
	return name
}

function release(title,    i)
{
	for (i = 0; i < count; i++)
		print i == 0 && title != "" ? title : lines[i]
	count = 0
	fflush()
}

FILENAME == ARGV[1] {
	if (NF >= 2 && $(NF - 1) ~ /^[tT]$/) {
		detector[plain($NF)] = 1
		known = 1
	}
	next
}

# Every race would be the base's.
!known {
	print "races.awk: the detector has no functions"
	exit 2
}

{
	text = $0
	sub(/^\[ *[0-9]+\.[0-9]+\](\[[^]]*\])? ?/, "", text)
}

text ~ /^BUG: KCSAN: / {
	release()
	about = text
	sub(/^BUG: KCSAN: /, "", about)
	ours = 0
	frames = 0
	lines[count++] = $0
	next
}

count {
	lines[count++] = $0
	if (text ~ /^=====/) {
		release(ours ? "" : "a race of the base: " about)
	} else if (text ~ / 0x[0-9a-f]+ of [0-9]+ bytes by /) {
		frames = 0
	} else if (text ~ /^ +[^ ]+\+0x[0-9a-f]+\/0x[0-9a-f]+/) {
		name = text
		sub(/^ +/, "", name)
		sub(/\+0x.*/, "", name)
		if (name ~ /^asm_/)
			frames = 3
		else if (++frames <= 3 && text !~ /\]$/ && (plain(name) in detector))
			ours = 1
	}
	next
}

{
	print
	fflush()
}

END {
	release()
}
