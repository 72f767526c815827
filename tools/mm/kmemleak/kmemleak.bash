# SPDX-License-Identifier: GPL-2.0
# Completion of kmemleak's commands, options and their values for bash. What there is
# comes from the program's own --help, so that the two cannot differ.

# Help of the program, or of a command.
_kmemleak_help()
{
	local program=${COMP_WORDS[0]/#\~/$HOME}
	"$program" "$@" --help 2>/dev/null </dev/null
}

_kmemleak_commands()
{
	_kmemleak_help | sed -n 's/^  \([a-z]\{1,\}\)  *[^ ].*/\1/p'
}

# Options at the beginning of lines; text beside them may name others.
_kmemleak_options()
{
	_kmemleak_help "$@" | sed -nE 's/^ +(-., )?(--[a-z-]+).*/\2/p'
}

# _kmemleak_value <option> [<command>]: what an option takes, as in --format=FORMAT;
# nothing if it takes nothing.
_kmemleak_value()
{
	local option=$1
	shift
	_kmemleak_help "$@" | awk -v option="$option" '
		/^ +-/ {
			for (i = 1; i <= 2; i++) {
				split($i, part, /[=,]/)
				short = part[1]
				if (short != option)
					continue
				split($0, words, /--[a-z-]+[= ]/)
				if (match(words[2], /^[A-Z]+/))
					print substr(words[2], 1, RLENGTH)
				exit
			}
		}'
}

# _kmemleak_offer <words>: those that begin like the word.
_kmemleak_offer()
{
	local one
	for one in $1; do
		[[ $one == "$word"* ]] && COMPREPLY+=("$one")
	done
}

# Names of files, or with -d of directories, which may have blanks in them.
_kmemleak_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "${word/#\~\//$HOME/}")
}

# Modules of the machine. Only regular files are read, and what is no name is not offered.
_kmemleak_modules()
{
	local file=${root/#\~\//$HOME/}/proc/modules
	if [ -z "$root" ] || [ "$root" = / ]; then
		file=/proc/modules
	elif [ -L "${file%/*}" ] || [ -L "$file" ]; then
		return
	fi
	[ ! -f "$file" ] || grep -oE '^[A-Za-z0-9_]+ ' "$file" 2>/dev/null
}

# _kmemleak_kind <kind>: values of a kind, as --help names it.
_kmemleak_kind()
{
	case $1 in
	FILE | BEFORE | AFTER) _kmemleak_files -f ;;
	DIR) _kmemleak_files -d ;;
	FORMAT)
		case $command in
		merge) _kmemleak_offer "text json" ;;
		*) _kmemleak_offer "text json folded pprof html" ;;
		esac
		;;
	WHAT) _kmemleak_offer "site module task" ;;
	KIND) _kmemleak_offer "memory cache vmalloc site leak" ;;
	NAME) _kmemleak_offer "$(_kmemleak_modules)" ;;
	esac
}

# _kmemleak_argument <command> <number of it>: what its usage names there.
_kmemleak_argument()
{
	_kmemleak_help "$1" | awk -v nr="$2" '
		NR == 1 {
			gsub(/[][]/, "")
			sub(/.*OPTION\.\.\.\)? ?/, "")
			if (nr > NF && $NF ~ /\.\.\.$/)
				nr = NF
			sub(/\.\.\.$/, "", $nr)
			print $nr
			exit
		}'
}

_kmemleak()
{
	local word=${COMP_WORDS[COMP_CWORD]} command= root=${KMEMLEAK_ROOT:-} i value
	local option= nr=0
	COMPREPLY=()
	# Bash has "--option=value" in three words.
	[ "$word" != = ] || word=
	for ((i = 1; i < COMP_CWORD; i++)); do
		value=${COMP_WORDS[i]}
		[ "$value" != = ] || continue
		if [ -n "$option" ]; then
			[ "$option" != --root ] || root=$value
			option=
		elif [[ $value == -?* ]]; then
			[ -z "$(_kmemleak_value "$value" $command)" ] || option=$value
		elif [ -z "$command" ]; then
			command=$value
		else
			nr=$((nr + 1))
		fi
	done
	if [ -n "$option" ]; then
		_kmemleak_kind "$(_kmemleak_value "$option" $command)"
	elif [[ $word == -* ]]; then
		_kmemleak_offer "$(_kmemleak_options $command)"
	elif [ -z "$command" ]; then
		_kmemleak_offer "$(_kmemleak_commands)"
	else
		_kmemleak_kind "$(_kmemleak_argument "$command" $((nr + 1)))"
	fi
}

complete -F _kmemleak kmemleak
