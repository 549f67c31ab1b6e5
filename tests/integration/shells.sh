#!/bin/bash
# shells.sh OUT [TEST] - completion in the shells themselves, manual pages in
# their formatters, and what make install leaves.
. "$(dirname "$0")/lib.sh"

a_stack() {
	mkdir bin sites
	ln -s "$out/miso" bin/miso
	PATH=$PWD/bin:$PATH
	touch sites/oslo.yaml sites/odessa.yaml
	stack <<-END
		web: {image: "\${image.probe}", args: [wait, "0"]}
	END
}

bash_completes() {
	a_stack
	cat >ask <<-'END'
		source <(miso completion bash)
		COMP_WORDS=(miso "$@")
		COMP_CWORD=$#
		_miso
		echo "${COMPREPLY[@]}"
	END
	ok bash ask pla
	says "plan"
	ok bash ask apply --site o
	says "odessa" "oslo"
	ok bash ask logs ""
	says "web"
	ok bash ask apply --target ""
	says "instance.web"
}

zsh_completes() {
	a_stack
	cat >ask <<-'END'
		compdef() { :; }
		compadd() { shift; print -l ${(P)1}; }
		_files() { print files; }
		source <(miso completion zsh)
		words=(miso "$@")
		CURRENT=$#words
		_miso
	END
	ok zsh -f ask pla
	says "plan"
	ok zsh -f ask apply --site o
	says "odessa" "oslo"
	ok zsh -f ask apply --file ""
	says "files"
}

fish_completes() {
	a_stack
	export HOME=$PWD
	ok fish -c 'miso completion fish | source; complete -C "miso pla"'
	says "plan"
	ok fish -c 'miso completion fish | source
		complete -C "miso apply --site o"'
	says "odessa" "oslo"
}

manual_pages_are_clean() {
	local page
	for page in miso miso.yaml; do
		miso man $page >page
		# Long lines are the tables' and no fault of a page.
		mandoc -Tlint -Wstyle page | grep -v 'longer than 80' >faults ||
			true
		[ ! -s faults ] || fail "$(cat faults)"
		man --warnings -E UTF-8 -l -Tutf8 -Z page 2>faults >/dev/null
		[ ! -s faults ] || fail "$(cat faults)"
	done
}

install_brings_pages_and_completion() {
	make -s -C "$root" install DESTDIR="$PWD/to" PREFIX=/usr >said 2>&1
	cd to/usr
	ok ls bin/miso lib/miso/kernel.elf lib/miso/boot.bin \
		share/man/man1/miso.1 share/man/man5/miso.yaml.5 \
		share/bash-completion/completions/miso \
		share/zsh/site-functions/_miso \
		share/fish/vendor_completions.d/miso.fish
	grep -q 'miso apply' share/man/man1/miso.1
	cd ../..
}

tests bash_completes zsh_completes fish_completes manual_pages_are_clean \
	install_brings_pages_and_completion
