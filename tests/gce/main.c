/*
 * main.c - the cloud as a server: libmicrohttpd, and the command line.
 *
 * Says "gce: URL" on stdout once it answers. Ends on SIGTERM, SIGINT, or when
 * its stdin is closed (--until-eof), so that it never outlives a test.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/gce/cloud.h"
#include "tests/gce/guest.h"

/* One request while it comes in. */
struct incoming {
	char *body;
	size_t len, cap;
};

static enum MHD_Result to_query(void *to, enum MHD_ValueKind kind,
                                const char *name, const char *value)
{
	(void)kind;
	json_object_set_new(to, name, json_string(value ? value : ""));
	return MHD_YES;
}

static enum MHD_Result to_headers(void *to, enum MHD_ValueKind kind,
                                  const char *name, const char *value)
{
	char lower[128];
	size_t i;

	(void)kind;
	for (i = 0; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z'
		                   ? (char)(name[i] + 32)
		                   : name[i];
	lower[i] = '\0';
	json_object_set_new(to, lower, json_string(value));
	return MHD_YES;
}

/* name=value&...: both with escapes. */
static void take_form(json_t *query, char *text)
{
	char *save, *pair = strtok_r(text, "&", &save);

	for (; pair; pair = strtok_r(NULL, "&", &save)) {
		char *value = strchr(pair, '=');

		if (!value)
			continue;
		*value++ = '\0';
		for (char *c = value; *c; c++)
			if (*c == '+')
				*c = ' ';
		MHD_http_unescape(pair);
		MHD_http_unescape(value);
		json_object_set_new(query, pair, json_string(value));
	}
}

static void take_body(struct call *k, struct incoming *in)
{
	const char *type =
		json_string_value(json_object_get(k->headers, "content-type"));

	k->raw = in->body ? in->body : "";
	k->raw_len = in->len;
	if (!in->len || !type)
		return;
	if (strstr(type, "x-www-form-urlencoded"))
		take_form(k->query, in->body);
	else if (strstr(type, "json"))
		k->body = json_loadb(in->body, in->len, 0, NULL);
}

static void add_header(struct MHD_Response *r, char *line)
{
	char *value = strstr(line, ": ");

	if (!value)
		return;
	*value = '\0';
	MHD_add_response_header(r, line, value + 2);
}

/* RFC 9110, 5.6.7, by the clock that tests may move. */
static void add_date(struct MHD_Response *r, const struct cloud *c)
{
	time_t now = (time_t)(cloud_now(c) / 1000);
	char text[40];
	struct tm t;

	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
	         gmtime_r(&now, &t));
	MHD_add_response_header(r, "Date", text);
}

static enum MHD_Result send_answer(struct MHD_Connection *conn, struct call *k)
{
	struct MHD_Response *r;
	enum MHD_Result result;
	static char nothing[1];
	char *text = k->answer ? json_dumps(k->answer, JSON_COMPACT) : k->text;
	size_t len = k->answer ? strlen(text) : k->text_len;

	r = MHD_create_response_from_buffer(len, text ? text : nothing,
	                                    MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Content-Type",
	                        k->answer ? "application/json; charset=UTF-8"
	                        : k->text_type ? k->text_type
	                                       : "text/plain");
	add_date(r, k->c);
	add_header(r, k->header[0]);
	add_header(r, k->header[1]);
	result = MHD_queue_response(conn, (unsigned)k->status, r);
	MHD_destroy_response(r);
	if (k->answer)
		free(text);
	return result;
}

static void nap(int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	if (ms)
		nanosleep(&t, NULL);
}

static void kill_client(const struct call *k)
{
	json_int_t pid =
		json_integer_value(json_object_get(k->headers, "_kill"));

	if (pid > 1)
		kill((pid_t)pid, SIGKILL);
}

/* True: there is an answer to send. */
static bool run_call(struct call *k)
{
	struct cloud *c = k->c;
	enum control_fault fault = FAULT_NONE;

	if (strncmp(k->path, "/control/", 9) != 0)
		nap(c->o.latency_ms);
	pthread_mutex_lock(&c->lock);
	k->m = route_method(k);
	if (k->m)
		fault = control_fault_locked(k);
	if (fault == FAULT_NONE || fault == FAULT_CUT_AFTER)
		route_call(k);
	if (strncmp(k->path, "/control/", 9) != 0)
		control_log_locked(k);
	pthread_mutex_unlock(&c->lock);
	kill_client(k);
	return fault == FAULT_NONE || fault == FAULT_STATUS;
}

static enum MHD_Result answer(struct cloud *c, struct MHD_Connection *conn,
                              const char *url, const char *verb,
                              struct incoming *in)
{
	struct call k = {.c = c, .verb = verb, .path = url, .account = ""};
	enum MHD_Result result = MHD_NO;

	k.params = json_object();
	k.query = json_object();
	k.headers = json_object();
	MHD_get_connection_values(conn, MHD_GET_ARGUMENT_KIND, to_query,
	                          k.query);
	MHD_get_connection_values(conn, MHD_HEADER_KIND, to_headers, k.headers);
	take_body(&k, in);
	if (run_call(&k))
		result = send_answer(conn, &k);
	json_decref(k.params);
	json_decref(k.query);
	json_decref(k.headers);
	json_decref(k.body);
	json_decref(k.answer);
	free(k.text);
	return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *conn,
                                  const char *url, const char *verb,
                                  const char *version, const char *data,
                                  size_t *size, void **state)
{
	struct incoming *in = *state;

	(void)version;
	if (!in) {
		*state = calloc(1, sizeof(*in));
		return *state ? MHD_YES : MHD_NO;
	}
	if (!*size)
		return answer(arg, conn, url, verb, in);
	if (in->len + *size + 1 > in->cap) {
		in->cap = 2 * (in->len + *size + 1);
		in->body = realloc(in->body, in->cap);
	}
	memcpy(in->body + in->len, data, *size);
	in->len += *size;
	in->body[in->len] = '\0';
	*size = 0;
	return MHD_YES;
}

static void on_end(void *arg, struct MHD_Connection *conn, void **state,
                   enum MHD_RequestTerminationCode why)
{
	struct incoming *in = *state;

	(void)arg;
	(void)conn;
	(void)why;
	if (in)
		free(in->body);
	free(in);
}

/* Paths keep their escapes, so that %2F in an object's name parts nothing. */
static size_t keep_escapes(void *arg, struct MHD_Connection *conn, char *s)
{
	(void)arg;
	(void)conn;
	if (*s == '/')
		return strlen(s);
	return MHD_http_unescape(s);
}

/* --- the command line ----------------------------------------------------- */

static const struct option options[] = {
	{"port", required_argument, NULL, 'p'},
	{"project", required_argument, NULL, 'P'},
	{"bucket", required_argument, NULL, 'b'},
	{"dir", required_argument, NULL, 'd'},
	{"op-ms", required_argument, NULL, 'o'},
	{"lag-ms", required_argument, NULL, 'l'},
	{"latency-ms", required_argument, NULL, 'L'},
	{"token-s", required_argument, NULL, 't'},
	{"addresses", required_argument, NULL, 'a'},
	{"accel", required_argument, NULL, 'A'},
	{"no-guests", no_argument, NULL, 'n'},
	{"open", no_argument, NULL, 'O'},
	{"until-eof", no_argument, NULL, 'e'},
	{NULL, 0, NULL, 0},
};

struct start {
	struct cloud_options o;
	uint16_t port;
	bool until_eof;
};

static void usage(void)
{
	fputs("gce --dir DIR [--port N] [--project P] [--bucket B] "
	      "[--no-guests] [--open]\n    [--op-ms N] [--lag-ms N] "
	      "[--latency-ms N] [--token-s N] [--addresses IP]\n    [--accel "
	      "tcg|kvm] [--until-eof]\n",
	      stderr);
	exit(2);
}

static void take_option(struct start *s, int c)
{
	struct cloud_options *o = &s->o;

	switch (c) {
	case 'p':
		s->port = (uint16_t)strtoul(optarg, NULL, 10);
		break;
	case 'P':
		o->project = optarg;
		break;
	case 'b':
		o->bucket = optarg;
		break;
	case 'd':
		o->dir = optarg;
		break;
	case 'o':
		o->op_ms = strtoll(optarg, NULL, 10);
		break;
	case 'l':
		o->lag_ms = strtoll(optarg, NULL, 10);
		break;
	case 'L':
		o->latency_ms = strtoll(optarg, NULL, 10);
		break;
	case 't':
		o->token_s = strtoll(optarg, NULL, 10);
		break;
	case 'a':
		o->addresses = optarg;
		break;
	case 'A':
		o->accel = optarg;
		break;
	case 'n':
		o->guests = false;
		break;
	case 'O':
		o->open = true;
		break;
	case 'e':
		s->until_eof = true;
		break;
	default:
		usage();
	}
}

static struct start read_options(int argc, char **argv)
{
	struct start s = {.o = {
				  .project = "test-project-1",
				  .bucket = "test-bucket",
				  .token_s = 3600,
				  .guests = true,
				  .qemu = "qemu-system-x86_64",
				  .accel = "tcg",
			  }};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(&s, c);
	if (!s.o.dir || optind < argc)
		usage();
	return s;
}

static void wait_for_end(bool until_eof)
{
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
	sigset_t set;
	char c;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	fds[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	fds[1].fd = until_eof ? STDIN_FILENO : -1;
	for (;;) {
		if (poll(fds, 2, -1) < 0 || fds[0].revents)
			return;
		if (fds[1].revents && read(STDIN_FILENO, &c, 1) <= 0)
			return;
	}
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static struct MHD_Daemon *serve(struct cloud *c, uint16_t port)
{
	enum { LOOPBACK = 0x7f000001 };
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons(port),
	                         .sin_addr.s_addr = htonl(LOOPBACK)};

	return MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD |
			MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
			MHD_USE_ERROR_LOG | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
		port, NULL, NULL, on_request, c, MHD_OPTION_SOCK_ADDR, &at,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
	struct start s = read_options(argc, argv);
	static struct cloud c;
	struct MHD_Daemon *d;

	block_signals();
	cloud_init(&c, &s.o);
	d = serve(&c, s.port);
	if (!d) {
		fprintf(stderr, "gce: port %u cannot be used\n", s.port);
		return 1;
	}
	/* It may be asked already. */
	pthread_mutex_lock(&c.lock);
	snprintf(c.url, sizeof(c.url), "http://127.0.0.1:%u",
	         MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	pthread_mutex_unlock(&c.lock);
	printf("gce: %s\n", c.url);
	fflush(stdout);
	wait_for_end(s.until_eof);
	pthread_mutex_lock(&c.lock);
	c.stopping = true;
	pthread_cond_broadcast(&c.changed);
	guest_stop_all(&c);
	pthread_mutex_unlock(&c.lock);
	MHD_stop_daemon(d);
	cloud_fini(&c);
	return 0;
}
