/*
 * make_repo.h - a source of Debian packages for apt, in the scratch folder.
 *
 * apt is told of it, and of nothing else, by the variable APT_CONFIG.
 */
#ifndef TESTS_UNIT_PROVIDERS_IMAGE_MAKE_REPO_H
#define TESTS_UNIT_PROVIDERS_IMAGE_MAKE_REPO_H

#include "tests/lib/scratch.h"
#include "tests/unit/providers/image/make_elf.h"

#define REPO_INTERP "/lib64/ld-linux-x86-64.so.2"

/* Of the package whose files are below `dir`; `more` are further fields. */
static inline void repo_control(struct scratch *s, const char *dir,
                                const char *name, const char *version,
                                const char *more)
{
	scratch_text(s, arena_printf(&s->mem, "%s/DEBIAN/control", dir),
	             arena_printf(&s->mem,
	                          "Package: %s\nVersion: %s\n"
	                          "Architecture: amd64\n"
	                          "Maintainer: Nobody <nobody@example.org>\n"
	                          "Description: a test\n%s",
	                          name, version, more));
}

static inline void repo_elf(struct scratch *s, const char *path,
                            const struct elf_recipe *r)
{
	struct elf_made m = elf_make(r);

	scratch_write(s, path, &m, sizeof(m));
	if (r->entry)
		assert_int_equal(chmod(scratch_path(s, path), 0755), 0);
}

/* Pack all of p/ and list what the repository has now. */
static inline void repo_publish(struct scratch *s)
{
	static const char script[] =
		"mkdir -p repo && for d in p/*; do"
		" dpkg-deb --root-owner-group -Zgzip -b $d repo/${d#p/}.deb"
		" >/dev/null || exit 1; done && cd repo &&"
		" for f in *.deb; do dpkg-deb -f $f && echo Filename: ./$f &&"
		" echo Size: $(stat -c %s $f) &&"
		" echo SHA256: $(sha256sum <$f | cut -d' ' -f1) && echo ||"
		" exit 1; done >Packages";

	assert_int_equal(scratch_shell(s, script), 0);
}

static inline void repo_libc(struct scratch *s)
{
	repo_control(s, "p/libc6", "libc6", "2.36-9", "Source: glibc (2.36)\n");
	repo_elf(s, "p/libc6/lib/x86_64-linux-gnu/libc.so.6",
	         &(struct elf_recipe){.soname = "libc.so.6"});
	repo_elf(s, "p/libc6/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
	         &(struct elf_recipe){.entry = 1});
	assert_int_equal(
		scratch_shell(s,
	                      "mkdir p/libc6/lib64 && ln -s /lib/x86_64-"
	                      "linux-gnu/ld-linux-x86-64.so.2 p/libc6/lib64"),
		0);
}

/* A server, its files in another package, and a tool it does not link to. */
static inline void repo_server(struct scratch *s, const char *version)
{
	const char *dir = arena_printf(&s->mem, "p/server-%s", version);

	repo_control(s, dir, "server", version,
	             "Depends: libc6, server-common, tool\n"
	             "Recommends: nothing\nProvides: service\n");
	repo_elf(s, arena_printf(&s->mem, "%s/usr/sbin/server", dir),
	         &(struct elf_recipe){.entry = 1,
	                              .interp = REPO_INTERP,
	                              .needed = {"libc.so.6"}});
	scratch_text(s, arena_printf(&s->mem, "%s/etc/version", dir), version);
}

static inline void repo_make(struct scratch *s)
{
	repo_libc(s);
	repo_server(s, "0.9-1");
	repo_server(s, "1.0-2");
	repo_control(s, "p/common", "server-common", "1.0-2",
	             "Source: server\n");
	scratch_text(s, "p/common/etc/server.conf", "port 1\n");
	repo_control(s, "p/tool", "tool", "5", "Depends: libc6\n");
	repo_elf(s, "p/tool/usr/bin/tool",
	         &(struct elf_recipe){.entry = 1,
	                              .interp = REPO_INTERP,
	                              .needed = {"libc.so.6"}});
	repo_publish(s);
	scratch_text(s, "sources.list",
	             arena_printf(&s->mem,
	                          "deb [trusted=yes] copy:%s/repo ./\n",
	                          s->dir));
	scratch_text(s, "apt.conf",
	             arena_printf(&s->mem,
	                          "Dir::Etc::sourcelist \"%s/sources.list\";\n"
	                          "Dir::Etc::sourceparts \"/dev/null\";\n"
	                          "APT::Update::Post-Invoke {\"touch "
	                          "%s/hooked\";};\n",
	                          s->dir, s->dir));
	assert_int_equal(setenv("APT_CONFIG", scratch_path(s, "apt.conf"), 1),
	                 0);
}

#endif
