#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inputs for the fuzzer to begin with: saved reports, and one of them in all forms.
# seeds.sh <directory>
set -eu
tests=$(cd "$(dirname "$0")" && pwd -P)
mkdir -p "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# seed <file> <report> [<parser>]: with the byte that selects the parser.
seed()
{
	{ printf '%s' "${3:-l}"; cat "$2"; } >"$1"
}

for report in "$tests"/reports/*.txt "$tests"/field/*/report.txt; do
	seed "$1/$(basename "$(dirname "$report")")-$(basename "$report")" "$report"
done
awk -v dir="$work" '/^#### / { n++; next } n { print >sprintf("%s/v%03d", dir, n) }' \
	"$tests/field/variants"
python3 "$tests/forms.py" all "$work/forms" <"$tests/field/07-irati112-x86_32-3.x/report.txt"
for report in "$work"/v* "$work"/forms/*; do
	seed "$1/$(basename "$report")" "$report"
done
for report in "$tests"/reports/*.json; do
	seed "$1/$(basename "$report")" "$report" j
done
seed "$1/sites" "$tests/reports/sites" s
for packer in gzip bzip2 xz zstd; do
	! command -v "$packer" >/dev/null || {
		"$packer" -c <"$tests/reports/ours.txt" >"$work/packed"
		seed "$1/$packer" "$work/packed" p
	}
done
printf 'r6.12.0-rc1\n6.12.0\n6.12.3-amd64' >"$1/releases"
