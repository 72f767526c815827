# SPDX-License-Identifier: GPL-2.0
# Completion of kmemleak's commands and options for bash. What there is comes from the
# program's own --help, so that the two cannot differ.

_kmemleak_commands()
{
	kmemleak --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p'
}

_kmemleak_options()
{
	kmemleak "$1" --help 2>/dev/null | grep -oE -- '--[a-z]+'
}

# The command among the words, which comes after --root.
_kmemleak_command()
{
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root) i=$((i + 1)) ;;
		-* | = | "") ;;
		*) echo "${COMP_WORDS[i]}" && return ;;
		esac
	done
}

_kmemleak()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command
	command=$(_kmemleak_command)
	case $before in
	--format | -f)
		mapfile -t COMPREPLY < <(compgen -W "text json folded pprof html" -- "$word")
		return
		;;
	--root | --modules)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	esac
	if [ -z "$command" ]; then
		mapfile -t COMPREPLY < <(compgen -W "--root --help $(_kmemleak_commands)" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_kmemleak_options "$command")" -- "$word")
	elif [ "$command" = module ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 /proc/modules)" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -o filenames -F _kmemleak kmemleak
