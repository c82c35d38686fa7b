# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The steps of check, test and vm-test: each runs, whatever the others do, and the last lines say how it went
# and how many minutes it took.

summary=()

# step NAME COMMAND...
step() {
	local began=$EPOCHREALTIME result=ok
	printf '\n== %s\n' "$1"
	"${@:2}" || result=FAIL
	summary+=("$(printf '%-4s %4s min  %s' $result "$(minutes_since "$began")" "$1")")
}

# minutes_since TIME: a clock reading of bash, in seconds with six decimals.
minutes_since() {
	local tenths=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 6000000))
	printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# summarize: an error if a step failed.
summarize() {
	printf '\n'
	printf '%s\n' "${summary[@]}"
	[[ "${summary[*]}" != *FAIL* ]]
}

check_formats_and_mistakes() {
	local shell
	mapfile -t shell < <(shfmt -f scripts .ci)
	step shellcheck shellcheck "${shell[@]}"
	step shfmt shfmt -d "${shell[@]}"
	step clang-format "$(tool clang-format)" --dry-run -Werror bpf/*.[ch] bpf/*/*.h bpf/*/*/*.c docs/learn/*/*.c
	step gofmt is_empty gofmt -l bpf docs reader scripts
	step 'go vet' vet
	step staticcheck go tool staticcheck -tags kernel,netem,browser ./...
}

# is_empty COMMAND...: an error if the command has anything to say.
is_empty() {
	local said
	said=$("$@") || return
	[ -z "$said" ] || ! say "$said"
}

vet() {
	go vet ./... && go vet -tags kernel,netem,browser ./...
}

# go_test ARG...: the output is go test's own. A test that skips itself has not been run: an error.
go_test() {
	local log status=0
	log=$(mktemp)
	go test -v -count 1 -timeout 30m "$@" | tee "$log" || status=1
	if grep -E '^ *--- SKIP' "$log"; then
		warn "the tests above were skipped"
		status=1
	fi
	rm "$log"
	return $status
}

# as_root: words for go test, so that the tests run as root when go does not.
as_root() {
	[ "$EUID" = 0 ] || printf '%s\n' -exec "sudo env PATH=$PATH GOMODCACHE=$(go env GOMODCACHE)"
}
