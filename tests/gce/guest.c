/*
 * guest.c - machines as GCE runs them: SeaBIOS, the disk on virtio-scsi, the
 * network on virtio-net with its old interface, the metadata server at
 * 169.254.169.254, the serial port as a file.
 *
 * Each machine has a metadata server of its own, on a port of loopback; QEMU's
 * guestfwd starts a relay to it for each connection. It tells what the instance
 * had when it was started, so it needs no lock. Firewall rules decide what
 * is forwarded from the instance's outside address: forward.h.
 */
#include "tests/gce/guest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/gce/forward.h"
#include "tests/gce/wire.h"

enum { PATH = 512, ARGS = 16384, STOP_MS = 10000, POLL_MS = 50 };

enum { BUTTON_MS = 90 * 1000 }; /* Compute Engine: "Shutdown period" */

struct guest {
	char path[PATH]; /* the instance's */
	char dir[PATH];
	pid_t pid;
	int qmp; /* QEMU's monitor, once the button was pressed; or -1 */
	int64_t pressed_ms; /* when that was */
	json_t *told;       /* the instance, as it was started */
	struct MHD_Daemon *metadata;
	struct forwards *forwards;
	struct wire *wire;
	struct guest *next;
};

/* Under the cloud's lock. */
static struct guest *guests;

static const char *text_of(const json_t *r, const char *key)
{
	const char *s = json_string_value(json_object_get(r, key));

	return s ? s : "";
}

/* --- the metadata server -------------------------------------------------- */

static const char *attribute(const json_t *r, const char *key)
{
	const json_t *items =
		json_object_get(json_object_get(r, "metadata"), "items");
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		if (!strcmp(text_of(item, "key"), key))
			return text_of(item, "value");
	}
	return NULL;
}

static char *metadata_value(const struct guest *g, const char *url)
{
	static const char attributes[] =
		"/computeMetadata/v1/instance/attributes/";
	const char *s = NULL;

	if (!strncmp(url, attributes, strlen(attributes)))
		s = attribute(g->told, url + strlen(attributes));
	else if (!strcmp(url, "/computeMetadata/v1/instance/name"))
		s = text_of(g->told, "name");
	return s ? strdup(s) : NULL;
}

static enum MHD_Result on_metadata(void *arg, struct MHD_Connection *conn,
                                   const char *url, const char *verb,
                                   const char *version, const char *data,
                                   size_t *size, void **state)
{
	const char *flavor = MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
	                                                 "Metadata-Flavor");
	bool good = flavor && !strcmp(flavor, "Google");
	char *text = good ? metadata_value(arg, url) : NULL;
	struct MHD_Response *r;
	enum MHD_Result result;

	(void)verb;
	(void)version;
	(void)data;
	(void)size;
	(void)state;
	r = MHD_create_response_from_buffer(text ? strlen(text) : 0,
	                                    text ? text : (char[1]){0},
	                                    MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Metadata-Flavor", "Google");
	result = MHD_queue_response(conn, !good ? 403 : text ? 200 : 404, r);
	MHD_destroy_response(r);
	free(text);
	return result;
}

static bool start_metadata(struct guest *g)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char name[PATH + 16];
	FILE *f;

	g->metadata = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL,
		on_metadata, g, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_END);
	if (!g->metadata)
		return false;
	snprintf(name, sizeof(name), "%s/relay", g->dir);
	f = fopen(name, "w");
	if (!f)
		return false;
	fprintf(f,
	        "#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/%d\ncat <&3 &\n"
	        "cat >&3\n",
	        MHD_get_daemon_info(g->metadata, MHD_DAEMON_INFO_BIND_PORT)
	                ->port);
	fclose(f);
	return chmod(name, 0755) == 0;
}

/* --- the machine ---------------------------------------------------------- */

static pid_t run(const char *dir, char *const *argv)
{
	pid_t pid = fork();
	sigset_t none;
	int log;

	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log = open(dir, O_PATH | O_DIRECTORY);
	if (log < 0 || chdir(dir))
		_exit(126);
	log = open("qemu.log", O_WRONLY | O_CREAT | O_APPEND, 0644);
	dup2(log, 1);
	dup2(log, 2);
	dup2(open("/dev/null", O_RDONLY), 0);
	execvp(argv[0], argv);
	_exit(127);
}

/* A disk of its own, unless it has one already. */
static bool make_disk(const struct cloud *c, const struct guest *g,
                      const json_t *r)
{
	const json_t *image =
		json_object_get(c->resources, text_of(r, "_image"));
	char source[PATH], disk[PATH + 16];
	char *argv[] = {(char[]){"cp"}, (char[]){"--sparse=always"}, source,
	                (char[]){"disk.raw"}, NULL};
	int status = 1;
	pid_t pid;

	snprintf(disk, sizeof(disk), "%s/disk.raw", g->dir);
	if (!access(disk, R_OK))
		return true;
	/* The path is seen from the machine's folder. */
	if (!realpath(text_of(image, "_file"), source))
		return false;
	pid = run(g->dir, argv);
	return waitpid(pid, &status, 0) == pid && !status;
}

static const char *inside_ip(const json_t *r)
{
	return text_of(
		json_array_get(json_object_get(r, "networkInterfaces"), 0),
		"networkIP");
}

static unsigned ip_of(const json_t *r)
{
	struct in_addr at = {0};

	(void)inet_pton(AF_INET, inside_ip(r), &at);
	return ntohl(at.s_addr);
}

static void start_qemu(struct cloud *c, struct guest *g, const json_t *r)
{
	char net[ARGS], card[96], accel[32], qemu[64];
	unsigned ip = ip_of(r);
	size_t len;
	char *argv[] = {qemu,
	                (char[]){"-M"},
	                (char[]){"pc"},
	                (char[]){"-accel"},
	                accel,
	                (char[]){"-cpu"},
	                (char[]){"max"},
	                (char[]){"-m"},
	                (char[]){"256"},
	                (char[]){"-nodefaults"},
	                (char[]){"-no-user-config"},
	                (char[]){"-display"},
	                (char[]){"none"},
	                (char[]){"-no-reboot"},
	                (char[]){"-serial"},
	                (char[]){"file:console"},
	                (char[]){"-smbios"},
	                (char[]){"type=1,manufacturer=Google,"
	                         "product=Google Compute Engine"},
	                (char[]){"-drive"},
	                (char[]){"if=none,id=d,format=raw,file=disk.raw"},
	                (char[]){"-device"},
	                (char[]){"virtio-scsi-pci,disable-modern=on"},
	                (char[]){"-device"},
	                (char[]){"scsi-hd,drive=d"},
	                (char[]){"-device"},
	                card,
	                (char[]){"-qmp"},
	                (char[]){"unix:qmp,server=on,wait=off"},
	                (char[]){"-netdev"},
	                (char[]){"dgram,id=n,local.type=unix,local.path=card,"
	                         "remote.type=unix,remote.path=to-card"},
	                (char[]){"-netdev"},
	                (char[]){"dgram,id=b,local.type=unix,local.path=user,"
	                         "remote.type=unix,remote.path=to-user"},
	                (char[]){"-netdev"},
	                net,
	                (char[]){"-netdev"},
	                (char[]){"hubport,id=hu,hubid=0,netdev=u"},
	                (char[]){"-netdev"},
	                (char[]){"hubport,id=hb,hubid=0,netdev=b"},
	                NULL};

	snprintf(qemu, sizeof(qemu), "%s", c->o.qemu);
	snprintf(accel, sizeof(accel), "%s", c->o.accel);
	/* A net that holds 172.16.0.0/12 and the metadata server. */
	snprintf(net, sizeof(net),
	         "user,id=u,net=160.0.0.0/4,host=172.16.0.1,dns=172.31.255.254,"
	         "dhcpstart=%s,guestfwd=tcp:169.254.169.254:80-cmd:./relay",
	         inside_ip(r));
	/* As Compute Engine makes them: the address is in it. */
	snprintf(card, sizeof(card),
	         "virtio-net-pci,disable-modern=on,netdev=n,"
	         "mac=42:01:%02x:%02x:%02x:%02x",
	         ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
	len = strlen(net);
	g->forwards = forwards_open(c, r, net + len, sizeof(net) - len);
	g->pid = run(g->dir, argv);
}

static struct guest **find(const char *path)
{
	struct guest **g = &guests;

	while (*g && strcmp((*g)->path, path) != 0)
		g = &(*g)->next;
	return g;
}

static const char *path_of(const json_t *r)
{
	return resource_path(text_of(r, "selfLink"));
}

const char *guest_start(struct cloud *c, json_t *r, const char **message)
{
	struct guest *g = calloc(1, sizeof(*g));

	g->qmp = -1;
	g->told = json_deep_copy(r);
	snprintf(g->path, sizeof(g->path), "%s", path_of(r));
	snprintf(g->dir, sizeof(g->dir), "%s/machine-%s", c->o.dir,
	         text_of(r, "id"));
	(void)mkdir(g->dir, 0755);
	g->wire = wire_open(g->dir, ip_of(r));
	if (!g->wire || !make_disk(c, g, r) || !start_metadata(g)) {
		*message = "the machine cannot be made";
		wire_close(g->wire);
		if (g->metadata)
			MHD_stop_daemon(g->metadata);
		json_decref(g->told);
		free(g);
		return "INTERNAL_ERROR";
	}
	start_qemu(c, g, r);
	json_object_set_new(r, "_console", json_sprintf("%s/console", g->dir));
	g->next = guests;
	guests = g;
	return NULL;
}

static void end_machine(const struct guest *g)
{
	struct timespec nap = {0, POLL_MS * 1000000L};
	int status;

	if (g->pid <= 0)
		return;
	/* SIGTERM makes QEMU end at once; what was synced is on the disk. */
	kill(g->pid, SIGTERM);
	for (int ms = 0; ms < STOP_MS; ms += POLL_MS) {
		if (waitpid(g->pid, &status, WNOHANG) == g->pid)
			return;
		nanosleep(&nap, NULL);
	}
	kill(g->pid, SIGKILL);
	(void)waitpid(g->pid, &status, 0);
}

static void end(struct guest **at)
{
	struct guest *g = *at;

	*at = g->next;
	forwards_close(g->forwards);
	end_machine(g);
	wire_close(g->wire);
	if (g->qmp >= 0)
		close(g->qmp);
	MHD_stop_daemon(g->metadata);
	json_decref(g->told);
	free(g);
}

/* The monitor stays open: QEMU forgets what it was told when that is closed. */
static int press(const struct guest *g)
{
	static const char text[] = "{\"execute\":\"qmp_capabilities\"}\n"
				   "{\"execute\":\"system_powerdown\"}\n";
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(at.sun_path, sizeof(at.sun_path), "%s/qmp", g->dir);

	if (fd >= 0 && n < (int)sizeof(at.sun_path) &&
	    !connect(fd, (struct sockaddr *)&at, sizeof(at)) &&
	    write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		return fd;
	close(fd);
	return -1;
}

static bool has_ended(struct guest *g)
{
	int status;

	if (g->pid > 0 && waitpid(g->pid, &status, WNOHANG) == g->pid)
		g->pid = 0;
	return g->pid <= 0;
}

bool guest_runs_down(struct cloud *c, const json_t *r)
{
	struct guest *g = *find(path_of(r));

	if (!g || has_ended(g))
		return false;
	if (g->qmp < 0) {
		g->qmp = press(g);
		g->pressed_ms = cloud_now(c);
	}
	return g->qmp >= 0 && cloud_now(c) < g->pressed_ms + BUTTON_MS;
}

void guest_reap(struct cloud *c)
{
	struct guest **at = &guests;

	while (*at) {
		struct guest *g = *at;
		json_t *r = json_object_get(c->resources, g->path);

		/* One whose button was pressed is being stopped already. */
		if (g->qmp >= 0 || !has_ended(g)) {
			at = &g->next;
			continue;
		}
		json_object_set_new(r, "status", json_string("TERMINATED"));
		end(at);
	}
}

void guest_stop(struct cloud *c, const json_t *r)
{
	struct guest **at = find(path_of(r));

	(void)c;
	if (*at)
		end(at);
}

void guest_stop_all(struct cloud *c)
{
	(void)c;
	while (guests)
		end(&guests);
}

char *guest_serial(const struct cloud *c, const json_t *r, size_t *len)
{
	const char *file = text_of(r, "_console");
	FILE *f = *file ? fopen(file, "rb") : NULL;
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	int ch;

	(void)c;
	if (!f)
		fputs(text_of(r, "_serial"), out);
	while (f && (ch = fgetc(f)) != EOF)
		fputc(ch, out);
	if (f)
		fclose(f);
	fclose(out);
	return text;
}
