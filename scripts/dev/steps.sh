# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the steps of `make test` have in common: where they note how they went, and how they run go test.

# Where the steps that scripts/dev/test has started note how they went; a step alone notes it nowhere.
notes=${DILIH_NOTES:-$(mktemp -d)}
[ -n "${DILIH_NOTES-}" ] || trap 'rm -r "$notes"' EXIT
failures=$notes/failures.$$ # the commands that run again what has failed

# All of this builds as make builds the reader, so that Go compiles each package once.
export CGO_ENABLED=0 GOFLAGS="-trimpath ${GOFLAGS-}"

# note NAME RESULT MINUTES
note() {
	printf '%-4s %4s min  %s\n' "$2" "$3" "$1" | tee "$notes/$1.result"
}

# announce TEXT: at once, while make holds back what a step prints until the step has ended.
announce() {
	[ -z "${DILIH_NOTES-}" ] || say "   $*" >&9
}

# minutes SECONDS
minutes() {
	printf '%d.%d' $(($1 / 60)) $(($1 % 60 / 6))
}

lint() {
	local shell status=0
	mapfile -t shell < <(shfmt -f scripts .ci)
	shellcheck "${shell[@]}" || status=1
	shfmt -d "${shell[@]}" || status=1
	"$(tool clang-format)" --dry-run -Werror bpf/*.[ch] bpf/*/*.h bpf/*/*/*.c docs/learn/*/*.c || status=1
	is_empty gofmt -l bpf docs reader scripts || status=1
	go vet -tags kernel,netem,browser ./... || status=1
	go tool staticcheck -tags kernel,netem,browser ./... || status=1
	return $status
}

# is_empty COMMAND...: an error if the command has anything to say.
is_empty() {
	local said
	said=$("$@") || return
	[ -z "$said" ] || ! say "$said"
}

# go_test ARG...: shows the output of go test if a test fails, and else one line for each package and each sample. A test
# that skips itself has not been run: an error.
go_test() {
	local status=0 log=$notes/go-test.$$
	go test -v -vet=off -timeout "$(time_limit)" "$@" ${RUN:+-run "$RUN"} >"$log" 2>&1 || status=1
	if grep -E '^ *--- SKIP' "$log"; then
		warn "the tests above were skipped"
		status=1
	fi
	if [ $status = 0 ]; then
		grep -E '^ok|DILIH_SEED=' "$log" | grep -vE '^ .*: seed ' || :
	else
		cat "$log"
		name_failures "$log"
	fi
	rm "$log"
	return $status
}

# time_limit: for all tests of a package, of which go test then shows the one that hangs.
time_limit() {
	say "$((30 * ${DILIH_TIME_SCALE:-1}))m"
}

# name_failures LOG: the command by which each test that failed runs again alone. RUN is without dollar signs, which make
# would expand.
name_failures() {
	local failed test
	mapfile -t failed < <(sed -nE 's/^ {0,4}--- FAIL: ([^ ]+) .*/\1/p' "$1" | sort -u)
	for test in $(leaves "${failed[@]}"); do
		say "make ${step_name-STEP} RUN='^${test//\//\\b\/^}\b'"
	done >>"$failures"
}

# leaves NAME...: those of them that are not the parent of another.
leaves() {
	local name
	for name; do
		[[ " $* " = *" $name/"* ]] || say "$name"
	done | sort -u
}

# go_test_unit: the tests that need no root, of packages in which nothing runs beside anything else.
go_test_unit() {
	local packages
	mapfile -t packages < <(comm -23 <(go list ./... | sort) <(with_goroutines))
	go_test "${packages[@]}"
}

# go_test_race: those of the others, with the race detector, which makes them take up to six times as long.
go_test_race() {
	local packages
	mapfile -t packages < <(with_goroutines)
	CGO_ENABLED=1 go_test -race "${packages[@]}"
}

# with_goroutines: the packages whose sources or untagged tests start some.
with_goroutines() {
	grep -rlE --include='*.go' '^\s*go |\.Go\(|AfterFunc\(' bpf docs reader scripts | xargs grep -L '^//go:build' |
		xargs dirname | sed 's,^,dilih/,' | sort -u
}

# go_test_tagged: the tests that need root, but those of the whole workflow and of the documents. The others in their
# packages have been run without.
go_test_tagged() {
	local files names packages
	mapfile -t files < <(grep -rl --include='*_test.go' '^//go:build kernel' bpf reader docs)
	names=$(sed -nE 's/^func (Test\w+)\(.*/\1/p' "${files[@]}" | sort -u | paste -sd'|')
	mapfile -t packages < <(printf './%s\n' "${files[@]%/*}" | sort -u)
	go_test_kernel "${packages[@]}" -run "^($names)\$"
}

# go_test_kernel ARG...: with the tests that need root, as root even if go is not.
go_test_kernel() {
	local privileged
	mapfile -t privileged < <(as_root)
	go_test -tags kernel "${privileged[@]}" "$@"
}

# as_root: words for go test, so that the tests run as root when go does not.
as_root() {
	[ "$EUID" = 0 ] || printf '%s\n' -exec "sudo env PATH=$PATH GOMODCACHE=$(go env GOMODCACHE)"
}
