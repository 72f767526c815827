# SPDX-License-Identifier: GPL-2.0
# Sourced after lib.sh by tests of the live view: a terminal that tmux makes. Ends the
# test if there can be none. WAIT= is how many seconds the view has to show something.

: "${WAIT:=20}"
terminal="tmux -S $work/tmux"
opened=0
trap '$terminal kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

if ! command -v tmux >/dev/null; then
	skip "the view in a terminal" "tmux is missing"
	finish
fi
if ! python3 -c 'import os; os.openpty()' 2>/dev/null; then
	skip "the view in a terminal" "no pseudo-terminal can be made here; is /dev/pts mounted?"
	finish
fi

# open [<variable=value>]: the view in a new terminal, whose last line will be the
# exit status. Without a terminal there is nothing to go on with.
open()
{
	$terminal kill-server 2>/dev/null || true
	opened=$((opened + 1))
	terminal="tmux -S $work/tmux-$opened"
	if ! $terminal -f /dev/null new-session -d -x 100 -y 24 \
		"env ${1:-} '$tool' watch --every 0.05s; echo status \$?; cat" \
		2>"$work/tmux.err"; then
		check "tmux opens a terminal" eval 'cat "$work/tmux.err"; false'
		finish
	fi
}

press()
{
	$terminal send-keys "$@"
}

# shows <pattern>: the screen does so within some seconds.
shows()
{
	end=$((SECONDS + WAIT))
	until $terminal capture-pane -p >"$work/screen" && grep -qE -e "$1" "$work/screen"; do
		sleep 0.05
		if [ $SECONDS -ge $end ]; then
			echo "no \"$1\" in:"
			cat "$work/screen"
			return 1
		fi
	done
}

# first <pattern>: the first row of the table does.
first()
{
	end=$((SECONDS + WAIT))
	until $terminal capture-pane -p >"$work/screen" &&
	      sed -n 5p "$work/screen" | grep -qE -e "$1"; do
		sleep 0.05
		if [ $SECONDS -ge $end ]; then
			echo "no \"$1\" in row 1:"
			cat "$work/screen"
			return 1
		fi
	done
}

# Replaces a file of the machine at once; "edit <file> <sed command>".
edit()
{
	sed "$2" "$root/$1" >"$work/new"
	mv "$work/new" "$root/$1"
}

keys()
{
	press "$1"
	shift
	"$@"
}
