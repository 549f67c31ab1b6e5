/* package_apt.c - run, and read what it says. */
#include "providers/image/package_apt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/base/map.h"
#include "parser/base/sha256.h"
#include "parser/base/str.h"
#include "parser/schema/schema.h"

enum { MOST_OUTPUT = 64 << 20, MOST_ARGS = 32 };

struct package_apt {
	struct arena *mem;
	const char *dir;      /* where packages go */
	const char *state;    /* dir/apt */
	const char *download; /* dir/apt/download */
	int lock;
};

/* --- a state of its own -----------------------------------------------------
 */

/* A hook of the host may do anything to the host: it is for its own state. */
static const char config[] = "#clear APT::Update::Pre-Invoke;\n"
			     "#clear APT::Update::Post-Invoke;\n"
			     "#clear APT::Update::Post-Invoke-Success;\n"
			     "#clear DPkg::Pre-Invoke;\n"
			     "#clear DPkg::Post-Invoke;\n"
			     "#clear DPkg::Pre-Install-Pkgs;\n"
			     "APT::Architecture \"amd64\";\n"
			     "APT::Architectures \"amd64\";\n"
			     "APT::Install-Recommends \"false\";\n"
			     "APT::Install-Suggests \"false\";\n"
			     "APT::Sandbox::User \"root\";\n"
			     "APT::Update::Error-Mode \"any\";\n"
			     "Acquire::Languages \"none\";\n";

static struct err *make_state(struct package_apt *a)
{
	static const char *const dirs[] = {"download", "cache/archives/partial",
	                                   "state/lists/partial"};
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(dirs); i++)
		e = fs_make_dirs(fs_join(a->mem, a->state, dirs[i]), 0700);
	if (!e)
		e = fs_write(fs_join(a->mem, a->state, "status"), "", 0, 0600);
	if (!e)
		e = fs_write(fs_join(a->mem, a->state, "apt.conf"), config,
		             strlen(config), 0600);
	return e;
}

static struct err *take_lock(struct package_apt *a)
{
	const char *path = fs_join(a->mem, a->dir, "lock");

	a->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (a->lock < 0 || flock(a->lock, LOCK_EX))
		return err_sys(errno, "%s", path);
	return NULL;
}

struct err *package_apt_open(struct arena *mem, const char *dir,
                             struct package_apt **out)
{
	struct package_apt *a = ARENA_NEW(mem, struct package_apt);
	struct err *e;

	*a = (struct package_apt){
		.mem = mem,
		.dir = dir,
		.state = fs_join(mem, dir, "apt"),
		.download = fs_join(mem, dir, "apt/download"),
		.lock = -1,
	};
	e = fs_make_dirs(dir, 0700);
	if (!e)
		e = take_lock(a);
	if (!e)
		e = make_state(a);
	if (e)
		package_apt_close(a);
	else
		*out = a;
	return e;
}

void package_apt_close(struct package_apt *a)
{
	if (a && a->lock >= 0)
		close(a->lock);
}

/* --- running ----------------------------------------------------------------
 */

struct command {
	struct arena *mem;
	const char *argv[MOST_ARGS];
	size_t n;
	const char *const *more; /* further arguments */
	size_t nr_more;
};

static void add(struct command *c, const char *arg)
{
	c->argv[c->n++] = arg;
}

static void set(struct command *c, const char *option, const char *dir,
                const char *name)
{
	add(c, "-o");
	add(c, arena_printf(c->mem, "%s=%s/%s", option, dir, name));
}

static struct command command(struct package_apt *a, const char *tool)
{
	struct command c = {.mem = a->mem};

	add(&c, tool);
	add(&c, "-qq");
	add(&c, "-c");
	add(&c, fs_join(a->mem, a->state, "apt.conf"));
	set(&c, "Dir::State", a->state, "state");
	set(&c, "Dir::State::status", a->state, "status");
	set(&c, "Dir::Cache", a->state, "cache");
	return c;
}

static const char **whole_argv(const struct command *c)
{
	const char **argv =
		ARENA_ARRAY(c->mem, const char *, c->n + c->nr_more + 1);

	memcpy(argv, c->argv, c->n * sizeof(*argv));
	if (c->nr_more)
		memcpy(argv + c->n, c->more, c->nr_more * sizeof(*argv));
	return argv;
}

/* Its messages are read: they must not be in the user's language. */
static char **english(struct arena *mem)
{
	extern char **environ;
	size_t n = 0, out = 0;
	char **env;

	while (environ[n])
		n++;
	env = ARENA_ARRAY(mem, char *, n + 2);
	for (size_t i = 0; i < n; i++)
		if (!str_starts(environ[i], "LC_ALL=") &&
		    !str_starts(environ[i], "LANGUAGE="))
			env[out++] = environ[i];
	env[out] = arena_strdup(mem, "LC_ALL=C.UTF-8");
	return env;
}

static struct err *read_back(struct arena *mem, int fd, char **text)
{
	struct stat st;
	size_t len;

	if (fstat(fd, &st))
		return err_sys(errno, "fstat");
	return fs_read(mem, arena_printf(mem, "/proc/self/fd/%d", fd),
	               MOST_OUTPUT, text, &len);
}

static struct err *no_apt(int problem, const char *tool)
{
	if (problem != ENOENT)
		return err_sys(problem, "%s", tool);
	return err_hint(err_new(ERR_REF, NO_POS,
	                        "%s is not on this host: packages are looked "
	                        "up and fetched with Debian's apt",
	                        tool),
	                "run this on Debian, or on one of its derivatives");
}

static struct err *spawn(const struct command *c, const char *dir, int out,
                         int err, int *status)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	                                 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	posix_spawn_file_actions_addchdir_np(&actions, dir);
	rc = posix_spawnp(&pid, c->argv[0], &actions, NULL,
	                  (char *const *)(uintptr_t)whole_argv(c),
	                  english(c->mem));
	posix_spawn_file_actions_destroy(&actions);
	if (rc)
		return no_apt(rc, c->argv[0]);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_sys(errno, "%s", c->argv[0]);
	return NULL;
}

/* What it complains about: its lines that begin with "E: ", the first few. */
static const char *complaint(struct arena *mem, char *said)
{
	const char *all = "";
	unsigned n = 0;
	char *line;

	while ((line = strsep(&said, "\n")))
		if (str_starts(line, "E: ") && n++ < 3)
			all = arena_printf(mem, "%s%s%s", all, *all ? "; " : "",
			                   line + 3);
	return all;
}

/* `failed` becomes what it says, or NULL, when it could be run at all. */
static struct err *run(const struct command *c, const char *dir, char **out,
                       const char **failed)
{
	int fds[2] = {memfd_create("out", MFD_CLOEXEC),
	              memfd_create("err", MFD_CLOEXEC)};
	struct err *e = NULL;
	char *said = NULL;
	int status = 0;

	if (fds[0] < 0 || fds[1] < 0)
		e = err_sys(errno, "memfd_create");
	if (!e)
		e = spawn(c, dir, fds[0], fds[1], &status);
	if (!e)
		e = read_back(c->mem, fds[0], out);
	if (!e)
		e = read_back(c->mem, fds[1], &said);
	for (size_t i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (e)
		return e;
	*failed = NULL;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		*failed = complaint(c->mem, said);
	return NULL;
}

/* --- what there is ----------------------------------------------------------
 */

struct err *package_apt_update(struct package_apt *a)
{
	struct command c = command(a, "apt-get");
	const char *failed;
	char *out;
	struct err *e;

	add(&c, "update");
	e = run(&c, a->state, &out, &failed);
	if (e || !failed)
		return e;
	return err_new(ERR_REMOTE, NO_POS,
	               "apt-get cannot update its lists of packages: %s",
	               failed);
}

/* "Inst NAME (VERSION ...": as "NAME=VERSION". */
static const char *installed(struct arena *mem, const char *line)
{
	const char *name, *open, *version;
	size_t name_len, version_len;

	if (!str_starts(line, "Inst "))
		return NULL;
	name = line + strlen("Inst ");
	name_len = strcspn(name, " :");
	open = strstr(name, " (");
	if (!open)
		return NULL;
	version = open + 2;
	version_len = strcspn(version, " )");
	return arena_printf(mem, "%.*s=%.*s", (int)name_len, name,
	                    (int)version_len, version);
}

/* What would be installed, as "name=version". */
static struct err *simulate(struct package_apt *a,
                            const struct lockfile_names *wanted,
                            struct lockfile_names *out)
{
	struct command c = command(a, "apt-get");
	const char *failed, *one, **v = NULL;
	size_t cap = 0, n = 0;
	char *text, *line;
	struct err *e;

	add(&c, "--simulate");
	add(&c, "install");
	add(&c, "--");
	c.more = wanted->v;
	c.nr_more = wanted->n;
	e = run(&c, a->state, &text, &failed);
	if (e)
		return e;
	if (failed)
		return err_new(ERR_REF, NO_POS, "apt-get: %s", failed);
	while ((line = strsep(&text, "\n"))) {
		one = installed(a->mem, line);
		if (!one)
			continue;
		ARENA_RESERVE(a->mem, const char *, v, n, cap);
		v[n++] = one;
	}
	*out = (struct lockfile_names){v, n};
	return NULL;
}

/* The value of a field of one stanza, "" without: deb822(5). */
static const char *field(struct arena *mem, const char *stanza,
                         const char *name)
{
	size_t len = strlen(name);

	for (const char *line = stanza; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		return arena_strndup(mem, line, strcspn(line, "\n"));
	}
	return "";
}

static void read_stanza(struct arena *mem, const char *stanza, struct map *all)
{
	struct lockfile_package *p = ARENA_NEW(mem, struct lockfile_package);
	const char *source;

	p->name = field(mem, stanza, "Package");
	p->version = field(mem, stanza, "Version");
	p->architecture = field(mem, stanza, "Architecture");
	p->size = strtoull(field(mem, stanza, "Size"), NULL, 10);
	p->sha256 = field(mem, stanza, "SHA256");
	/* "NAME (VERSION)" where it differs; left out where it is the same. */
	source = field(mem, stanza, "Source");
	p->source = *source ? arena_strndup(mem, source, strcspn(source, " "))
	                    : p->name;
	if (strlen(p->sha256) == SHA256_HEX)
		(void)map_add(all,
		              arena_printf(mem, "%s=%s", p->name, p->version),
		              p);
}

/* What apt knows of `names`, by "name=version". */
static struct err *show(struct package_apt *a,
                        const struct lockfile_names *names, struct map *all)
{
	struct command c = command(a, "apt-cache");
	const char *failed;
	char *text, *end;
	struct err *e;

	add(&c, "show");
	add(&c, "--");
	c.more = names->v;
	c.nr_more = names->n;
	e = run(&c, a->state, &text, &failed);
	if (!e && failed)
		e = err_new(ERR_REF, NO_POS, "apt-cache: %s", failed);
	while (!e && text) {
		end = strstr(text, "\n\n");
		if (end)
			*end = '\0';
		read_stanza(a->mem, text, all);
		text = end ? end + 2 : NULL;
	}
	return e;
}

static int by_name(const void *a, const void *b)
{
	const struct lockfile_package *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static struct err *check_all_named(struct package_apt *a,
                                   const struct lockfile_names *wanted,
                                   const struct lockfile_set *set)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const char *version,
			*name = lockfile_wanted(a->mem, wanted->v[i], &version);
		bool found = false;

		for (size_t k = 0; k < set->n; k++)
			found |= !strcmp(set->v[k]->name, name);
		if (!found)
			return err_new(ERR_REF, NO_POS,
			               "there is no package \"%s\", only "
			               "others that stand for it",
			               name);
	}
	return NULL;
}

struct err *package_apt_closure(struct package_apt *a,
                                const struct lockfile_names *wanted,
                                struct lockfile_set *out)
{
	const struct lockfile_package **v;
	struct lockfile_names names = {0};
	struct map all;
	struct err *e = simulate(a, wanted, &names);

	map_init(&all, a->mem);
	if (!e && names.n)
		e = show(a, &names, &all);
	if (e)
		return e;
	v = ARENA_ARRAY(a->mem, const struct lockfile_package *, names.n);
	for (size_t i = 0; i < names.n; i++) {
		v[i] = map_get(&all, names.v[i]);
		if (!v[i] || !schema_is_package(names.v[i]))
			return err_new(ERR_REF, NO_POS,
			               "apt knows no SHA-256 of %s",
			               names.v[i]);
	}
	if (names.n)
		qsort(v, names.n, sizeof(struct lockfile_package *), by_name);
	*out = (struct lockfile_set){v, names.n};
	return check_all_named(a, wanted, out);
}

/* --- fetching ---------------------------------------------------------------
 */

static struct err *file_away(struct package_apt *a, const char *name)
{
	const char *path = fs_join(a->mem, a->download, name);
	struct sha256 hash;
	struct err *e;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_sys(errno, "%s", path);
	e = sha256_fd(fd, path, &hash);
	if (!e && fsync(fd))
		e = err_sys(errno, "%s", path);
	close(fd);
	if (!e &&
	    rename(path, arena_printf(a->mem, "%s/%s.deb", a->dir, hash.hex)))
		e = err_sys(errno, "%s", path);
	return e;
}

/* What was downloaded gets the name of what it is. */
static struct err *file_all(struct package_apt *a)
{
	DIR *dir = opendir(a->download);
	struct err *e = NULL;
	struct dirent *d;

	if (!dir)
		return err_sys(errno, "%s", a->download);
	while (!e && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			e = file_away(a, d->d_name);
	closedir(dir);
	return e ? e : fs_sync_dir(a->dir);
}

static struct err *check_got(struct package_apt *a,
                             const struct lockfile_package *p)
{
	if (fs_exists(arena_printf(a->mem, "%s/%s.deb", a->dir, p->sha256)))
		return NULL;
	return err_hint(err_new(ERR_CONFLICT, NO_POS,
	                        "this host's apt has a %s %s that is not the "
	                        "one in " LOCKFILE_NAME,
	                        p->name, p->version),
	                "`miso lock --update` takes what there is now");
}

struct err *package_apt_download(struct package_apt *a,
                                 const struct lockfile_set *set)
{
	struct command c = command(a, "apt-get");
	const char **names = ARENA_ARRAY(a->mem, const char *, set->n);
	const char *failed = NULL;
	char *out;
	struct err *e = fs_remove_tree(a->download);

	for (size_t i = 0; i < set->n; i++)
		names[i] = arena_printf(a->mem, "%s=%s", set->v[i]->name,
		                        set->v[i]->version);
	add(&c, "download");
	add(&c, "--");
	c.more = names;
	c.nr_more = set->n;
	if (!e)
		e = fs_make_dirs(a->download, 0700);
	if (!e)
		e = run(&c, a->download, &out, &failed);
	if (!e && failed)
		e = err_hint(err_new(ERR_REF, NO_POS,
		                     "apt-get cannot download what " //
		                     LOCKFILE_NAME " asks for: %s",
		                     failed),
		             "`miso lock --update` takes what there is now");
	if (!e)
		e = file_all(a);
	for (size_t i = 0; !e && i < set->n; i++)
		e = check_got(a, set->v[i]);
	return e;
}
