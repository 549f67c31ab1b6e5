/*
 * inotifies.c - what inotify says of files and folders, in order.
 *
 * run:
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "tests/guest/check.h"

static const struct {
	uint32_t bit;
	const char *name;
} bits[] = {
	{IN_ACCESS, "access"},           {IN_MODIFY, "modify"},
	{IN_ATTRIB, "attrib"},           {IN_CLOSE_WRITE, "close-write"},
	{IN_CLOSE_NOWRITE, "close"},     {IN_OPEN, "open"},
	{IN_MOVED_FROM, "from"},         {IN_MOVED_TO, "to"},
	{IN_CREATE, "create"},           {IN_DELETE, "delete"},
	{IN_DELETE_SELF, "delete-self"}, {IN_MOVE_SELF, "move-self"},
	{IN_UNMOUNT, "unmount"},         {IN_Q_OVERFLOW, "overflow"},
	{IN_IGNORED, "ignored"},         {IN_ISDIR, "folder"},
};

static int fd;

/* Cookies are the whole system's: only "the same as the last" says much. */
static void show(const struct inotify_event *e, uint32_t *last_cookie)
{
	printf("  %d:", e->wd);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (e->mask & bits[i].bit)
			printf(" %s", bits[i].name);
	if (e->len)
		printf(" \"%s\" +%u", e->name, e->len);
	if (e->cookie)
		printf(" %s cookie",
		       e->cookie == *last_cookie ? "the same" : "a new");
	*last_cookie = e->cookie;
	printf("\n");
}

static void drain(const char *what)
{
	static char room[65536];
	uint32_t cookie = 0;
	int pending = -1;
	ssize_t n;

	CHECK_EQ(ioctl(fd, FIONREAD, &pending), 0);
	n = read(fd, room, sizeof(room));
	printf("%s: %s\n", what,
	       n == pending || (n < 0 && !pending) ? "as FIONREAD said"
	                                           : "not as FIONREAD said");
	for (char *p = room; p < room + n;) {
		struct inotify_event *e = (void *)p;

		show(e, &cookie);
		p += sizeof(*e) + e->len;
	}
	fflush(stdout);
}

static void put(const char *path, const char *text)
{
	/* Not O_TRUNC: Linux says so before "open", and since 6.8 after. */
	int f = open(path, O_WRONLY | O_CREAT, 0644);

	MUST(write(f, text, strlen(text)) == (ssize_t)strlen(text));
	close(f);
}

static void get(const char *path)
{
	char b[100];
	int f = open(path, O_RDONLY);

	MUST(read(f, b, sizeof(b)) >= 0);
	close(f);
}

static void in_a_folder(void)
{
	struct timespec t[2] = {{1, 0}, {1, 0}};

	begin("a folder");
	mkdir("d", 0755);
	CHECK_EQ(inotify_add_watch(fd, "d", IN_ALL_EVENTS), 1);
	put("d/a", "some pig");
	drain("made");
	put("d/a", "terrific");
	drain("made again");
	get("d/a");
	drain("read");
	chmod("d/a", 0600);
	utimensat(AT_FDCWD, "d/a", t, 0);
	t[0].tv_nsec = UTIME_OMIT;
	utimensat(AT_FDCWD, "d/a", t, 0);
	truncate("d/a", 3);
	setxattr("d/a", "user.x", "1", 1, 0);
	drain("changed");
	link("d/a", "d/b");
	symlink("a", "d/l");
	mkfifo("d/fifo", 0600);
	mkdir("d/sub", 0755);
	drain("names");
	rename("d/b", "d/c");
	rename("d/c", "e");
	rename("e", "d/long name that is more than sixteen");
	rename("d/sub", "d/sub2");
	drain("renamed");
	put("d/x", "1");
	put("d/y", "2");
	drain("two");
	rename("d/x", "d/y");
	drain("one over the other");
	unlink("d/y");
	unlink("d/l");
	rmdir("d/sub2");
	drain("gone");
	close(open("d", O_RDONLY));
	chmod("d", 0700);
	drain("the folder itself");
}

static void a_file(void)
{
	int f, wd;

	begin("a file");
	put("f", "some");
	wd = inotify_add_watch(fd, "f", IN_ALL_EVENTS);
	CHECK_EQ(wd, 2);
	put("f", "pig");
	get("f");
	rename("f", "g");
	link("g", "h");
	drain("used");
	unlink("g");
	drain("one name less");
	f = open("h", O_RDWR);
	unlink("h");
	drain("no name, but open");
	CHECK_EQ(write(f, "x", 1), 1);
	close(f);
	drain("closed");
	CHECK_ERR(inotify_rm_watch(fd, wd), EINVAL);

	begin("a folder that goes");
	mkdir("z", 0755);
	CHECK_EQ(inotify_add_watch(fd, "z", IN_ALL_EVENTS), 3);
	rename("z", "zz");
	rmdir("zz");
	drain("moved and removed");
}

static void watches(void)
{
	int wd;

	begin("watches");
	put("f", "x");
	wd = inotify_add_watch(fd, "f", IN_OPEN);
	CHECK_EQ(wd, 4);
	CHECK_EQ(inotify_add_watch(fd, "f", IN_CLOSE_NOWRITE), wd);
	get("f");
	drain("replaced");
	CHECK_EQ(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_ADD), wd);
	get("f");
	drain("added");
	CHECK_ERR(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_CREATE), EEXIST);
	CHECK_EQ(inotify_rm_watch(fd, wd), 0);
	get("f");
	drain("removed");
	CHECK_EQ(inotify_add_watch(fd, "f", IN_OPEN | IN_ONESHOT), 5);
	get("f");
	get("f");
	drain("one shot");
	CHECK_ERR(inotify_add_watch(fd, "none", IN_OPEN), ENOENT);
	CHECK_ERR(inotify_add_watch(fd, "f", 0), EINVAL);
	CHECK_ERR(inotify_add_watch(fd, "f", IN_OPEN | IN_ONLYDIR), ENOTDIR);
	CHECK_ERR(inotify_add_watch(0, "f", IN_OPEN), EINVAL);
	CHECK_ERR(inotify_add_watch(-1, "f", IN_OPEN), EBADF);
	CHECK_ERR(inotify_rm_watch(fd, 1000), EINVAL);
	CHECK_ERR(inotify_init1(1), EINVAL);

	begin("an unlinked file's folder");
	CHECK_EQ(inotify_add_watch(fd, "d", IN_CLOSE | IN_EXCL_UNLINK), 1);
	wd = open("d/ex", O_RDWR | O_CREAT, 0600);
	unlink("d/ex");
	close(wd);
	drain("excluded");
}

static void small_reads(void)
{
	char b[100];

	begin("reading");
	CHECK_EQ(inotify_add_watch(fd, "d", IN_CREATE), 1);
	put("d/n1", "");
	put("d/n2", "");
	CHECK_ERR(read(fd, b, 20), EINVAL);
	CHECK_EQ(read(fd, b, 40), 32);
	CHECK_EQ(read(fd, b, 100), 32);
	CHECK_ERR(read(fd, b, 100), EAGAIN);
	unlink("d/n1");
	put("d/n1", "");
	unlink("d/n1");
	put("d/n1", "");
	drain("the same twice is one");
}

static void *later(void *arg)
{
	(void)arg;
	sleep_ms(50);
	close(open("d/later", O_CREAT | O_WRONLY,
	           0644)); /* and print nothing */
	return NULL;
}

static void waiting(void)
{
	struct pollfd p = {fd, POLLIN, 0};
	char b[100];
	pthread_t t;

	begin("waiting");
	CHECK_EQ(poll(&p, 1, 0), 0);
	pthread_create(&t, NULL, later, NULL);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(p.revents, POLLIN);
	pthread_join(t, NULL);
	CHECK_EQ(read(fd, b, 100), 32);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	unlink("d/later");
	pthread_create(&t, NULL, later, NULL);
	CHECK_EQ(read(fd, b, 100), 32);
	pthread_join(t, NULL);
}

static void overflow(void)
{
	char b[16384];
	long events = 0, lost = 0;
	ssize_t n;

	begin("too many events");
	CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 9000; i++) {
		close(open("d/over", O_CREAT | O_RDWR, 0600));
		unlink("d/over");
		mkdir("d/over", 0700);
		rmdir("d/over");
	}
	while ((n = read(fd, b, sizeof(b))) > 0)
		for (char *p = b; p < b + n;) {
			struct inotify_event *e = (void *)p;

			events++;
			lost += e->wd == -1 && e->mask == IN_Q_OVERFLOW;
			p += sizeof(*e) + e->len;
		}
	CHECK(events == 16385);
	CHECK_EQ(lost, 1);
}

int main(void)
{
	umask(022);
	fd = inotify_init1(IN_NONBLOCK);
	MUST(fd >= 0);
	in_a_folder();
	a_file();
	watches();
	small_reads();
	waiting();
	overflow();
	close(fd);
	return check_done();
}
